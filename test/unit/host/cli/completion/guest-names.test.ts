import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { guestNames } from "../../../../../host/src/cli/completion/guest-names.ts";
import { tempFolder } from "../../../../fakes/temp-folder.ts";

async function answering(body: string | undefined): Promise<string> {
  const path = join(tempFolder(), "c.sock");
  const server = createServer((_request, response) => {
    if (body !== undefined) response.end(body);
  }).listen(path);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return path;
}

describe("the guests' names for a completion", () => {
  it("are those of the status, without what is no name", async () => {
    const guests = [{ name: "web1" }, { name: "$(reboot)" }, { name: 7 }, null, { name: "qemu/100" }];
    expect(await guestNames(await answering(JSON.stringify({ guests })))).toEqual(["web1", "qemu/100"]);
  });

  it.each([["{"], ["[]"], ["null"], ['{"guests":1}']])("are none after the answer %s", async (body) => {
    expect(await guestNames(await answering(body))).toEqual([]);
  });

  it("are none where the broker does not answer in time", async () => {
    expect(await guestNames(await answering(undefined))).toEqual([]);
  });
});
