/** Installs the Windows package silently under wine, asks its service, and removes it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentMsi, releaseIn } from "../../packaging/packages.ts";
import { missing, PACKAGING_REQUIREMENTS } from "../testbed/requirements.ts";
import { Wine, wineSkipReason } from "../testbed/wine/wine.ts";

const PROGRAM = "C:\\Program Files\\Ballast\\ballast-agent.exe";
const SERVICE = "HKLM\\System\\CurrentControlSet\\Services\\BallastAgent";
const PRODUCTS = "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall";
const reason = wineSkipReason() ?? (missing(PACKAGING_REQUIREMENTS).length > 0 ? "no wixl" : undefined);

describe.skipIf(reason !== undefined)(`the Windows package (${reason ?? "wine"})`, () => {
  let folder: string;
  let wine: Wine;
  let made: string;
  let file: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ballast-msi-test-"));
    made = await agentMsi(await releaseIn(join(folder, "made"), "quick"));
    file = Wine.path(made);
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

  it("is the same file when it is made again from the same sources", async () => {
    const again = await agentMsi(await releaseIn(join(folder, "again"), "quick"));
    expect(readFileSync(again).equals(readFileSync(made))).toBe(true);
  });

  it("gives way to a newer version, whose service runs", async () => {
    const release = await releaseIn(join(folder, "newer"), "quick");
    const newer = await agentMsi({ ...release, windowsVersion: "9.0.0", version: "9.0.0" });
    file = Wine.path(newer);
    const words = ["/qn", "URL=wss://newer:7781", "TOKENFILE=C:\\token"];
    expect((await wine.run(["msiexec", "/i", file, ...words])).status).toBe(0);
    expect((await wine.run([PROGRAM, "status"])).output).toMatch(/BallastAgent runs as process \d+/);
    const service = (await wine.run(["reg", "query", SERVICE, "/v", "ImagePath"])).output;
    expect(service).toContain(`"${PROGRAM}" run --service --url wss://newer:7781`);
    const products = (await wine.run(["reg", "query", PRODUCTS, "/s", "/v", "DisplayName"])).output;
    expect(products.match(/Ballast guest agent/g)).toHaveLength(1);
  });

  it("leaves neither service nor files when it is removed", async () => {
    expect((await wine.run(["msiexec", "/x", file, "/qn"])).status).toBe(0);
    expect((await wine.run(["reg", "query", SERVICE])).status).not.toBe(0);
    expect(readdirSync(wine.hostPath("C:\\Program Files"))).not.toContain("Ballast");
  });
});
