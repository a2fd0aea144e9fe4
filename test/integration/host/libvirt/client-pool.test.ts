import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { addressOf } from "../../../../host/src/libvirt/address.ts";
import { CAREFUL_FROM } from "../../../../host/src/libvirt/rpc/call-gate.ts";
import { MOST_STUCK } from "../../../../host/src/libvirt/rpc/client-pool.ts";
import * as domains from "../../../../host/src/libvirt/rpc/domains.ts";
import { uuidText } from "../../../../host/src/libvirt/rpc/wire.ts";
import { domainXml } from "../../../fakes/domain-xml.ts";
import { FakeLibvirtd } from "../../../fakes/fake-libvirtd.ts";
import { libvirtScene, PATIENCE_MS } from "../../../fakes/libvirt-scene.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

const GET_STATS = 344;
/** Runs out for each domain that hangs. */
const DEADLINE_MS = 100;
const PATIENT = { deadlineMs: PATIENCE_MS };

/** `hung` domains whose QEMUs hang, one after the other, and one that is well. */
async function setUp(hung: number) {
  const folder = socketFolder();
  const address = addressOf({ scope: "session" }, { runtime: folder, config: folder });
  const path = join(folder, "sock");
  const fake = await FakeLibvirtd.start(path);
  onTestFinished(() => fake.close());
  const all = Array.from({ length: hung + 1 }, (_, n) => {
    const name = `vm${String(n).padStart(2, "0")}`;
    const xml = domainXml({ name, uuid: `00000000-0000-4000-8000-0000000000${String(n).padStart(2, "0")}` });
    const { ref } = fake.addDomain(name, n + 1, xml, xml);
    return domains.domainByUuid(uuidText(ref.uuid), name);
  });
  const well = all.at(-1);
  if (well === undefined) throw new Error("no domain");
  const { connection } = libvirtScene({ ...address, socketPaths: [path] });
  await connection.firstAttempt;
  const isWell = (args: Uint8Array) => Buffer.from(args).includes(well.untrustedName);
  fake.swallows = (procedure, args) => procedure === GET_STATS && !isWell(args);
  const stateOf = async (domain: domains.Domain, deadlineMs: number) =>
    (await domains.domainStats(connection, domain, { deadlineMs })).get("state.state");
  const hang = async (which = all.slice(0, -1)) => {
    const codes = await Promise.all(
      which.map((domain) => stateOf(domain, DEADLINE_MS).catch(({ code }) => code)),
    );
    return codes.filter((code) => code === "LIBVIRT_TIMEOUT").length;
  };
  /** As tick after tick would, until all that hang have been asked. */
  const hangAll = async () => {
    const isAsked = ({ uuid }: domains.Domain) => connection.isHung(uuid);
    const most = Math.min(hung, MOST_STUCK);
    await vi.waitUntil(async () => {
      await hang(all.filter((domain) => domain !== well && !isAsked(domain)));
      return all.filter(isAsked).length === most;
    }, PATIENCE_MS);
  };
  return { fake, connection, all, well, stateOf, hang, hangAll };
}

describe("domains whose QEMUs hang", () => {
  it("hold up no other: beyond a connection's places calls take one more", async () => {
    const { fake, connection, well, stateOf, hangAll } = await setUp(9);
    await hangAll();
    expect(await stateOf(well, PATIENCE_MS)).toBe(1);
    await domains.setMemory(connection, well, 1024);
    expect(fake.clients).toBeGreaterThan(2);
  });

  it("are asked nothing more on any connection until they answer", async () => {
    const { fake, connection, all, hangAll } = await setUp(5);
    await hangAll();
    const asked = fake.called.length;
    for (const domain of all.slice(0, 5))
      await expect(domains.setMemory(connection, domain, 1024)).rejects.toMatchObject({
        code: "LIBVIRT_HUNG",
      });
    expect(fake.called).toHaveLength(asked);
  });

  it("leave one connection when they go on, and are served again", async () => {
    const { fake, connection, all, well, stateOf, hangAll } = await setUp(5);
    await hangAll();
    await stateOf(well, PATIENCE_MS);
    fake.answerOwed();
    await vi.waitUntil(() => !all.some(({ uuid }) => connection.isHung(uuid)), PATIENCE_MS);
    const states = await Promise.all(all.map((domain) => stateOf(domain, PATIENCE_MS)));
    expect(states).toEqual(all.map(() => 1));
    await vi.waitUntil(() => fake.clients === 1, PATIENCE_MS);
  });

  it("are asked one at a time beside three that owe an answer, or libvirtd would never again have a free thread", async () => {
    const { fake, all, hang } = await setUp(8);
    await hang(all.slice(0, CAREFUL_FROM));
    const rest = hang(all.slice(CAREFUL_FROM, -1));
    await vi.waitUntil(() => fake.owed > CAREFUL_FROM, PATIENCE_MS);
    expect(fake.owed).toBe(CAREFUL_FROM + 1);
    // The others waited too long behind the one to be sent at all.
    expect(await rest).toBe(1);
    expect(fake.owed).toBe(CAREFUL_FROM + 1);
  });

  it("never keep more of libvirtd's threads than leave some for other programs", async () => {
    const { fake, connection, well, hangAll } = await setUp(MOST_STUCK + 3);
    await hangAll();
    expect(fake.owed).toBe(MOST_STUCK);
    await expect(domains.domainStats(connection, well, PATIENT)).rejects.toMatchObject({
      code: "LIBVIRT_BUSY",
    });
    fake.answerOwed();
    await vi.waitUntil(
      () =>
        domains.domainStats(connection, well, PATIENT).then(
          () => true,
          () => false,
        ),
      PATIENCE_MS,
    );
  });

  it("are served on the first connection where no other can be made", async () => {
    const { fake, connection, all, well, stateOf, hang } = await setUp(3);
    fake.authTypes = [1];
    expect(await hang()).toBe(3);
    expect(await stateOf(well, PATIENCE_MS)).toBe(1);
    expect(fake.clients).toBe(1);
    expect(all.filter(({ uuid }) => connection.isHung(uuid))).toHaveLength(3);
  });
});
