import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { plain } from "../../../../host/src/cli/format/paint.ts";
import { type CliContext, run } from "../../../../host/src/cli/program.ts";
import type { Terminal } from "../../../../host/src/cli/terminal.ts";
import { createProcessMemoryReader } from "../../../../host/src/kernel/qemu-process.ts";
import { NAMESPACE } from "../../../../host/src/libvirt/metadata.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { DEFAULTS, libvirtScene, PATIENCE_MS, until } from "../../../fakes/libvirt-scene.ts";
import { RealLibvirtd, smallDomainXml, whyNoLibvirtd } from "../../../fakes/real-libvirtd.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";
import { TestBroker } from "../../../testbed/broker.ts";
import { freeze } from "../../../testbed/freeze.ts";

const missing = whyNoLibvirtd();
/** Shorter than the test waits: a call may be lost between a daemon that ends and its socket. */
const RESTART_DEADLINE_MS = 3_000;
const isRoot = process.getuid?.() === 0;

/** Nothing of it is needed but the terminal. */
function contextOf(terminal: Terminal): CliContext {
  return {
    terminal,
    socketPath: "/nowhere",
    signal: new AbortController().signal,
    roots: { proc: "/proc", sys: "/sys" },
    findGuests: async () => ({ entries: [], problems: [] }),
    repairKsm: async () => ({ text: "" }),
  };
}

describe.skipIf(missing !== undefined)(
  `real libvirt${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  () => {
    let libvirtd: RealLibvirtd;
    beforeAll(async () => {
      libvirtd = await RealLibvirtd.start();
      await libvirtd.define(smallDomainXml("web1"));
      await libvirtd.define(smallDomainXml("web2", { startMib: 128 }));
      for (const name of ["web1", "web2"]) await libvirtd.virsh("start", name);
    }, 60_000);
    afterAll(() => libvirtd.end());

    async function entries(scene: ReturnType<typeof libvirtScene>) {
      const { entries: found, problems } = await scene.inventory.list();
      expect(problems).toEqual([]);
      return found;
    }

    async function entryOf(scene: ReturnType<typeof libvirtScene>, name: string) {
      const entry = (await entries(scene)).find((one) => one.name === name);
      if (entry === undefined) throw new Error(`no entry of ${name}`);
      return entry;
    }

    it("has entries for the domains that run, with the limits that the admin wrote", async () => {
      const scene = libvirtScene(libvirtd.address);
      const [web1, web2] = await entries(scene);
      expect(web1).toMatchObject({
        name: "web1",
        source: "libvirt",
        min: { kind: "bytes", bytes: 96 * MIB },
      });
      expect(web1?.agentPath).toMatch(/web1\/org\.ballast\.agent\.0$/);
      expect(web2).toMatchObject({ name: "web2", ...DEFAULTS });
      const set = ["metadata", "web2", NAMESPACE, "--key", "ballast", "--config"];
      await libvirtd.virsh(...set, "--set", '<guest><min unit="MiB">64</min><shares>50</shares></guest>');
      await vi.waitUntil(async () => (await entryOf(scene, "web2")).shares === 50, PATIENCE_MS);
      expect(await entryOf(scene, "web2")).toMatchObject({ min: { kind: "bytes", bytes: 64 * MIB } });
      await libvirtd.virsh(...set, "--remove");
      await vi.waitUntil(async () => (await entryOf(scene, "web2")).shares === 1000, PATIENCE_MS);
    });

    it.skipIf(!isRoot)("names a domain's process by its monitor's path (needs root)", async () => {
      const { qmpPath } = await entryOf(libvirtScene(libvirtd.address), "web1");
      const clock = { nowMs: () => performance.now(), wallMs: () => Date.now() };
      const memory = createProcessMemoryReader({ clock });
      onTestFinished(() => memory.close());
      expect(await memory.read(qmpPath)).toMatchObject({ processId: libvirtd.processOf("web1") });
    });

    it("takes hundreds of targets while virsh sets its own, and taints nothing", async () => {
      const scene = libvirtScene(libvirtd.address);
      const { monitor } = scene.monitorOf(await entryOf(scene, "web1"));
      await monitor.observe();
      const ours = Array.from({ length: 300 }, (_, i) => monitor.setTarget((100 + (i % 20)) * MIB));
      const theirs = Array.from({ length: 5 }, () => libvirtd.virsh("setmem", "web1", "128M", "--live"));
      await Promise.all([...ours, ...theirs]);
      expect((await monitor.observe()).balloon).toMatchObject({ actualBytes: 128 * MIB });
      expect(await libvirtd.virsh("dominfo", "web1")).not.toMatch(/taint/i);
    });

    it("sets a period of statistics and puts it back, as virsh shows it", async () => {
      const scene = libvirtScene(libvirtd.address);
      const { monitor } = scene.monitorOf(await entryOf(scene, "web1"));
      await monitor.observe();
      expect(await libvirtd.virsh("dumpxml", "web1")).toMatch(/<stats period='2'\/>/);
      await monitor.close();
      expect(await libvirtd.virsh("dumpxml", "web1")).not.toMatch(/<stats period/);
    });

    it("sees a domain that is paused, one that is reset, and one that is stopped", async () => {
      const scene = libvirtScene(libvirtd.address);
      const { monitor, listener } = scene.monitorOf(await entryOf(scene, "web2"));
      await until(
        () => monitor.observe(),
        ({ maxBytes }) => maxBytes !== undefined,
      );
      await libvirtd.virsh("suspend", "web2");
      expect((await monitor.observe()).inhibitions).toContain("paused");
      await monitor.setTarget(128 * MIB);
      await libvirtd.virsh("resume", "web2");
      expect((await monitor.observe()).inhibitions).not.toContain("paused");
      await libvirtd.virsh("reset", "web2");
      await vi.waitUntil(() => listener.onReset.mock.calls.length > 0, PATIENCE_MS);
      await libvirtd.virsh("destroy", "web2");
      await until(
        () => monitor.observe(),
        ({ inhibitions }) => inhibitions.includes("unreachable"),
      );
      expect((await entries(scene)).map(({ name }) => name)).toEqual(["web1"]);
      await libvirtd.virsh("start", "web2");
      const again = await entryOf(scene, "web2");
      await until(
        () => monitor.observe(),
        ({ maxBytes }) => maxBytes === 128 * MIB,
      );
      expect(again.agentPath).toMatch(/web2/);
      expect(await libvirtd.virsh("dumpxml", "web2")).toMatch(/<stats period='2'\/>/);
    });

    it("serves a domain while another one's QEMU stands still, and that one when it goes on", async () => {
      const scene = libvirtScene(libvirtd.address, 3_000);
      const hung = scene.monitorOf(await entryOf(scene, "web2"), 300).monitor;
      const well = scene.monitorOf(await entryOf(scene, "web1")).monitor;
      await until(
        () => hung.observe(),
        ({ maxBytes }) => maxBytes !== undefined,
      );
      const processId = libvirtd.processOf("web2");
      onTestFinished(() => void process.kill(processId, "SIGCONT"));
      await freeze(processId);
      expect(await hung.observe()).toMatchObject({ inhibitions: ["unreachable"] });
      await expect(hung.setTarget(100 * MIB)).rejects.toMatchObject({ code: "LIBVIRT_HUNG" });
      for (let look = 0; look < 20; look++)
        expect(await well.observe()).toMatchObject({ maxBytes: 128 * MIB });
      await well.setTarget(128 * MIB);
      await libvirtd.virsh("setmem", "web1", "128M", "--live");
      process.kill(processId, "SIGCONT");
      await until(
        () => hung.observe(),
        ({ maxBytes }) => maxBytes !== undefined,
      );
      await hung.setTarget(128 * MIB);
    });

    it("is where ballastd finds its guests, by itself, and leaves them as it found them", async () => {
      const broker = await TestBroker.start({
        folder: socketFolder(),
        guests: [],
        budgetMib: 4096,
        onStop: "hold",
        find: {
          libvirt: `{ enabled: true, uri: "qemu:///session?socket=${libvirtd.address.socketPaths[1]}" }`,
        },
      });
      onTestFinished(() => broker.stop());
      await vi.waitUntil(async () => (await broker.status()).guests.length === 2, PATIENCE_MS);
      const known = await broker.until(
        "web1",
        "known",
        ({ maxBytes }) => maxBytes === 128 * MIB,
        PATIENCE_MS,
      );
      expect(known).toMatchObject({ source: "libvirt", minBytes: 96 * MIB, actualBytes: 128 * MIB });
      expect(await libvirtd.virsh("dumpxml", "web1")).toMatch(/<stats period='2'\/>/);
      await libvirtd.virsh("destroy", "web2");
      await vi.waitUntil(async () => (await broker.status()).guests.length === 1, PATIENCE_MS);
      await broker.stop();
      expect(await libvirtd.virsh("dumpxml", "web1")).not.toMatch(/<stats period/);
      await libvirtd.virsh("start", "web2");
    });

    it.each([
      ["without any serial controller", "", ["<channel", "<controller type='virtio-serial'"]],
      [
        "with another port",
        "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>",
        ["<channel"],
      ],
    ])("gets the agent's port into a definition %s, and out again to the byte", async (_, channel, added) => {
      const folder = socketFolder();
      const config = join(folder, "ballastd.yaml");
      const uri = `qemu:///session?socket=${libvirtd.address.socketPaths[1]}`;
      writeFileSync(config, `guests: { libvirt: { enabled: true, uri: "${uri}" } }\n`);
      const lines: string[] = [];
      const keep = (line: string) => void lines.push(line);
      const setUp = (...options: string[]) => {
        lines.length = 0;
        const terminal = { out: keep, err: keep, paint: plain };
        return run(["setup", "libvirt", "web3", "--config", config, ...options], contextOf(terminal));
      };
      const definition = () => libvirtd.virsh("dumpxml", "web3", "--inactive", "--security-info");
      await libvirtd.define(
        smallDomainXml("web3", { port: false, devices: channel, more: "<title>ä</title>" }),
      );
      const before = await definition();
      expect(await setUp(), lines.join("\n")).toBe(0);
      expect(lines.join("\n")).toMatch(
        /to be added[\s\S]*org\.ballast\.agent\.0[\s\S]*Nothing is changed yet/,
      );
      expect(await definition()).toBe(before);
      expect(await setUp("--apply")).toBe(0);
      const after = await definition();
      for (const text of [...added, "org.ballast.agent.0"])
        expect(after.split(text)).toHaveLength(before.split(text).length + 1);
      await setUp("--apply");
      expect(lines.join("\n")).toMatch(/has the agent's port already/);
      expect(await setUp("--remove", "--apply")).toBe(0);
      expect(await definition()).toBe(before);
      await setUp("--remove", "--apply");
      expect(lines.join("\n")).toMatch(/nothing that ballast setup added/);
      await libvirtd.virsh("undefine", "web3");
      expect(await setUp()).toBe(2);
      expect(lines.join("\n")).toMatch(/no domain web3/);
    });

    it("keeps its guests while libvirtd is restarted, and drives them again", async () => {
      const scene = libvirtScene(libvirtd.address, RESTART_DEADLINE_MS);
      const { monitor, listener } = scene.monitorOf(await entryOf(scene, "web1"), RESTART_DEADLINE_MS);
      await monitor.observe();
      await libvirtd.stopDaemon();
      expect(
        await until(
          () => monitor.observe(),
          ({ problem }) => problem !== undefined,
        ),
      ).toMatchObject({
        inhibitions: ["unreachable"],
      });
      const { entries: kept, problems } = await scene.inventory.list();
      expect(kept.map(({ name }) => name)).toEqual(["web1", "web2"]);
      expect(problems).toEqual([expect.stringMatching(/libvirt/)]);
      await libvirtd.startDaemon();
      await until(
        () => monitor.observe(),
        ({ maxBytes }) => maxBytes !== undefined,
      );
      await monitor.setTarget(120 * MIB);
      const told = listener.onConnection.mock.calls.map(([connected]) => connected);
      expect(told).toContain(false);
      expect(told.at(-1)).toBe(true);
      expect((await entries(scene)).map(({ name }) => name)).toEqual(["web1", "web2"]);
    });
  },
);
