import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  type ClientOptions,
  LibvirtClient,
  PARTIAL_DEADLINE_MS,
} from "../../../../host/src/libvirt/rpc/client.ts";
import * as domains from "../../../../host/src/libvirt/rpc/domains.ts";
import { LibvirtAuthError, LibvirtConnectError } from "../../../../host/src/libvirt/rpc/errors.ts";
import { encodeFrame, MOST_BYTES } from "../../../../host/src/libvirt/rpc/frame.ts";
import { systemTimers } from "../../../../host/src/timing/timers.ts";
import { domainXml } from "../../../fakes/domain-xml.ts";
import { FakeLibvirtd } from "../../../fakes/fake-libvirtd.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

const REMOTE = 0x20008086;
/** Numbers of procedures. */
const GET_XML = 14;
const CLOSE = 2;
const POLKIT = 70;
const GET_STATS = 344;

async function setUp(options: Partial<ClientOptions> = {}) {
  const fake = await FakeLibvirtd.start(join(socketFolder(), "sock"));
  onTestFinished(() => fake.close());
  const added = fake.addDomain("web1", 3, domainXml(), domainXml());
  const client = new LibvirtClient({ path: fake.path, uri: "qemu:///system", ...options });
  onTestFinished(() => client.close());
  const domain = domains.domainByUuid("787781d3-7078-4523-8475-72dabe5f25ae", "web1");
  return { fake, client, domain, added };
}

async function connected(options: Partial<ClientOptions> = {}) {
  const all = await setUp(options);
  await all.client.connect();
  return all;
}

describe("a connection to libvirt", () => {
  it("passes polkit where libvirt demands it", async () => {
    const { fake, client, domain } = await setUp();
    fake.authTypes = [2];
    await client.connect();
    expect(fake.called).toContain(POLKIT);
    expect((await domains.domainStats(client, domain)).get("state.state")).toBe(1);
  });

  it("is refused with what polkit says and where the rule stands", async () => {
    const { fake, client } = await setUp();
    fake.authTypes = [2];
    fake.polkitRefusal = "authentication unavailable: no polkit agent available";
    const error: LibvirtAuthError = await client.connect().catch((reason) => reason);
    expect(error).toBeInstanceOf(LibvirtAuthError);
    expect(error.message).toMatch(/no polkit agent available/);
    expect(error.advice).toMatch(/org\.libvirt\.unix\.manage/);
    expect(error.cause).toMatchObject({ code: "LIBVIRT_REFUSED", number: 45 });
    expect(await client.closed).toBe(error);
  });

  it("is refused where libvirt accepts SASL alone", async () => {
    const { fake, client } = await setUp();
    fake.authTypes = [1];
    await expect(client.connect()).rejects.toThrow(/SASL/);
    expect(fake.called).not.toContain(POLKIT);
  });

  it("fails with the system's error where there is no socket", async () => {
    const client = new LibvirtClient({ path: join(socketFolder(), "sock"), uri: "qemu:///system" });
    const error: LibvirtConnectError = await client.connect().catch((reason) => reason);
    expect(error).toBeInstanceOf(LibvirtConnectError);
    expect(error.cause).toMatchObject({ code: "ENOENT" });
    expect(error.advice).toMatch(/virtqemud/);
    expect(await client.closed).toBe(error);
  });

  it("answers libvirt's keep-alive", async () => {
    const { fake } = await connected();
    fake.ping();
    await vi.waitUntil(() => fake.keepAlives.includes(2));
  });

  it("takes leave when it is closed", async () => {
    const { fake, client } = await connected();
    await client.close();
    expect(await client.closed).toBeUndefined();
    expect(fake.called).toContain(CLOSE);
    await expect(domains.libraryVersion(client)).rejects.toMatchObject({ code: "LIBVIRT_STATE" });
  });

  it("ends all calls with the reason when libvirt goes away", async () => {
    const { fake, client, domain } = await connected();
    fake.swallows = () => true;
    const call = domains.domainStats(client, domain);
    await vi.waitUntil(() => fake.called.includes(GET_STATS));
    fake.dropClients();
    await expect(call).rejects.toMatchObject({
      code: "LIBVIRT_INTERRUPTED",
      cause: { code: "LIBVIRT_CLOSED" },
    });
    expect(await client.closed).toMatchObject({ code: "LIBVIRT_CLOSED" });
  });

  it("goes on for other domains while libvirt owes an answer about one", async () => {
    const { fake, client, domain } = await connected({ callDeadlineMs: 50 });
    const otherXml = domainXml({ name: "web2", uuid: "11111111-2222-4333-8444-555555555555" });
    fake.addDomain("web2", 4, otherXml, otherXml);
    const other = domains.domainByUuid("11111111-2222-4333-8444-555555555555", "web2");
    // The name's length and the name stand behind the count of domains.
    fake.swallows = (procedure, args) => procedure === GET_STATS && Buffer.from(args).includes("web1");
    await expect(domains.domainStats(client, domain)).rejects.toMatchObject({ code: "LIBVIRT_TIMEOUT" });
    expect(client.isHung(domain.uuid)).toBe(true);
    await expect(domains.setMemory(client, domain, 1024)).rejects.toMatchObject({ code: "LIBVIRT_HUNG" });
    const stats = await domains.domainStats(client, other, { deadlineMs: 10_000 });
    expect(stats.get("state.state")).toBe(1);
  });

  it("fails one call alone where the answer is too long to be kept", async () => {
    const { fake, client, domain } = await connected({ callDeadlineMs: 20_000 });
    fake.swallows = (procedure) => procedure === GET_XML;
    const call = domains.domainXml(client, domain, "live");
    await vi.waitUntil(() => fake.called.includes(GET_XML));
    const header = { program: REMOTE, version: 1, procedure: GET_XML, type: 1, serial: 4, status: 0 };
    fake.writeAll(encodeFrame(header, new Uint8Array(MOST_BYTES)));
    await expect(call).rejects.toMatchObject({ code: "LIBVIRT_TOO_LONG" });
    expect(await domains.libraryVersion(client)).toBe(9_000_000);
  });

  it.each([
    ["an answer that cannot be read", Buffer.alloc(3)],
    ["an answer that announces a text longer than itself", Buffer.from("00100000", "hex")],
    ["an answer that announces a text longer than any", Buffer.from("7fffffff", "hex")],
  ])("fails one call alone at %s", async (_, payload) => {
    const { fake, client, domain } = await connected();
    fake.swallows = (procedure) => procedure === GET_XML;
    const call = domains.domainXml(client, domain, "live");
    await vi.waitUntil(() => fake.called.includes(GET_XML));
    const header = { program: REMOTE, version: 1, procedure: GET_XML, type: 1, serial: 4, status: 0 };
    fake.writeAll(encodeFrame(header, payload));
    await expect(call).rejects.toMatchObject({ code: "LIBVIRT_PROTOCOL", cause: expect.any(Error) });
    expect(await domains.libraryVersion(client)).toBe(9_000_000);
  });

  it.each([
    ["what is no message", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n0123456789")],
    [
      "a message of another program",
      encodeFrame({ program: 1, version: 1, procedure: 1, type: 2, serial: 0, status: 0 }, new Uint8Array()),
    ],
  ])("ends at %s", async (_, bytes) => {
    const { fake, client } = await connected();
    fake.writeAll(bytes);
    expect(await client.closed).toMatchObject({ code: "LIBVIRT_PROTOCOL" });
  });

  it("ends at a message that does not end", async () => {
    const timers = systemTimers();
    let overdue: (() => void) | undefined;
    const after = (delayMs: number, run: () => void) => {
      if (delayMs === PARTIAL_DEADLINE_MS) overdue = run;
      return timers.after(delayMs, run);
    };
    const { fake, client } = await connected({
      timers: { ...timers, after },
      openDeadlineMs: 20_000,
      callDeadlineMs: 20_000,
    });
    fake.writeAll(Buffer.from([0, 0, 1]));
    await vi.waitUntil(() => overdue !== undefined);
    overdue?.();
    expect(await client.closed).toMatchObject({ code: "LIBVIRT_PROTOCOL" });
  });

  it("takes no notice of an answer to a call that was not made", async () => {
    const { fake, client } = await connected();
    const header = { program: REMOTE, version: 1, procedure: GET_XML, type: 1, serial: 4711, status: 0 };
    fake.writeAll(encodeFrame(header, new Uint8Array(4)));
    expect(await domains.libraryVersion(client)).toBe(9_000_000);
  });
});
