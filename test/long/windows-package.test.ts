/** Installs the Windows package silently under wine, asks its service, and removes it. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makePackages } from "../../packaging/packages.ts";
import { missing, PACKAGING_REQUIREMENTS } from "../testbed/requirements.ts";
import { Wine, wineSkipReason } from "../testbed/wine/wine.ts";

const PROGRAM = "C:\\Program Files\\Ballast\\ballast-agent.exe";
const SERVICE = "HKLM\\System\\CurrentControlSet\\Services\\BallastAgent";
const reason = wineSkipReason() ?? (missing(PACKAGING_REQUIREMENTS).length > 0 ? "no wixl" : undefined);

describe.skipIf(reason !== undefined)(`the Windows package (${reason ?? "wine"})`, () => {
  let folder: string;
  let wine: Wine;
  let file: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ballast-msi-test-"));
    const made = join(folder, "made");
    await makePackages(["msi"], made, "quick");
    file = Wine.path(join(made, readdirSync(made).find((name) => name.endsWith(".msi")) ?? ""));
    wine = await Wine.open(folder);
  });
  afterAll(async () => {
    await wine?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("installs the service without a question, with the broker's address and the token file that it is given", async () => {
    const words = ["/qn", "URL=wss://host:7781", "TOKENFILE=C:\\ballast token"];
    expect((await wine.run(["msiexec", "/i", file, ...words])).status).toBe(0);
    const { status, output } = await wine.run([PROGRAM, "status"]);
    expect({ status, output }).toEqual({
      status: 0,
      output: expect.stringMatching(/BallastAgent runs as process \d+/),
    });
    const service = (await wine.run(["reg", "query", SERVICE, "/v", "ImagePath"])).output;
    expect(service).toContain(
      `"${PROGRAM}" run --service --url wss://host:7781 --token-file "C:\\ballast token"`,
    );
  });

  it("leaves neither service nor files when it is removed", async () => {
    expect((await wine.run(["msiexec", "/x", file, "/qn"])).status).toBe(0);
    expect((await wine.run(["reg", "query", SERVICE])).status).not.toBe(0);
    expect(readdirSync(wine.hostPath("C:\\Program Files"))).not.toContain("Ballast");
  });
});
