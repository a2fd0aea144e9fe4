/** What makes the agent a service under systemd. */
import { describe, expect, it } from "vitest";
import { PORT_NAME } from "../../../../guest/src/link/find-port.ts";
import { SERVICE_PATHS, serviceFiles } from "../../../../guest/src/service/systemd-files.ts";

const PROGRAM = "/usr/local/bin/ballast-agent";

const LIBRARY = Uint8Array.of(127, 69, 76, 70);
const filesFor = (...runArguments: string[]) => serviceFiles(PROGRAM, runArguments, LIBRARY);

function unit(...runArguments: string[]): string {
  const file = filesFor(...runArguments).find(({ path }) => path.endsWith("/ballast-agent.service"));
  return file && "content" in file ? String(file.content) : "";
}

describe("the unit", () => {
  it("keeps the agent alive and at work while the guest starves", () => {
    const lines = unit().split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        `ExecStart=${PROGRAM} run`,
        "Restart=always",
        "StartLimitIntervalSec=0",
        "OOMScoreAdjust=-999",
        "LimitMEMLOCK=infinity",
        "MemorySwapMax=0",
      ]),
    );
  });

  it("does not try wrong usage again", () => {
    expect(unit()).toMatch(/^RestartPreventExitStatus=2$/m);
  });

  it("opens the ports of virtio-serial and the named device to the agent, and no other", () => {
    const devices = (...words: string[]) => unit(...words).match(/^Device.*$/gm);
    const ports = ["DevicePolicy=closed", "DeviceAllow=char-virtio-portsdev rw"];
    expect(devices()).toEqual(ports);
    expect(devices("--channel", "/dev/ttyS1")).toEqual([...ports, "DeviceAllow=/dev/ttyS1 rw"]);
    expect(devices("--channel", "unix:/run/agent.sock")).toEqual(ports);
    // Its own /dev would not have the ports.
    expect(unit()).not.toMatch(/^(PrivateDevices|ProtectClock)/m);
  });

  it("allows code to be made at run time, and the system calls of services alone", () => {
    expect(unit()).not.toMatch(/^MemoryDenyWriteExecute/m);
    expect(unit()).toMatch(/^SystemCallFilter=@system-service\nSystemCallFilter=~@/m);
  });

  it("leaves the agent one capability, and no system call that changes priorities or the system", () => {
    expect(unit()).toMatch(/^CapabilityBoundingSet=CAP_SYS_RESOURCE$/m);
    expect(unit()).toMatch(/^SystemCallFilter=~.*@resources @privileged$/m);
  });

  it("hides homes, unless an option may name a file in one", () => {
    expect(unit()).toMatch(/^ProtectHome=yes$/m);
    expect(unit("--url", "wss://host", "--token-file", "/root/token")).toMatch(/^ProtectHome=read-only$/m);
  });

  it("takes away the variables that Node would obey", () => {
    expect(unit()).toMatch(/^UnsetEnvironment=.*NODE_V8_COVERAGE/m);
  });

  it("passes options on as they are, whatever systemd would make of their letters", () => {
    expect(unit("--channel", '/dev/a b%i$X"\\', "--log-level", "warn")).toContain(
      `ExecStart=${PROGRAM} run --channel "/dev/a b%%i$$X\\"\\\\" --log-level warn\n`,
    );
  });

  it("has no network, unless the agent is to connect to the broker", () => {
    expect(unit()).toContain("PrivateNetwork=yes\nIPAddressDeny=any\n");
    const connected = unit("--url", "wss://host:7781");
    expect(connected).not.toMatch(/PrivateNetwork|IPAddressDeny/);
    expect(connected).toContain("After=network-online.target");
    expect(connected).toMatch(/^RestrictAddressFamilies=.*AF_INET /m);
  });
});

describe("the service", () => {
  it("starts when the port appears, and with the system only where it connects by itself", () => {
    const [alone, connected] = [filesFor(), filesFor("--url", "wss://host")];
    const rule = alone.find(({ path }) => path.startsWith("/etc/udev/rules.d/"));
    expect(rule).toMatchObject({ content: expect.stringContaining(`ATTR{name}=="${PORT_NAME}"`) });
    expect(alone.some((file) => "linkTo" in file)).toBe(false);
    expect(connected.some((file) => "linkTo" in file)).toBe(true);
  });

  it("has the native library beside its executable, for guests whose temporary folders allow no programs", () => {
    expect(filesFor()).toContainEqual({ path: `${PROGRAM}.koffi.node`, content: LIBRARY });
  });

  it("is made of nothing that uninstall does not know", () => {
    const all = [...filesFor(), ...filesFor("--url", "wss://host")];
    expect(all.filter(({ path }) => !SERVICE_PATHS.includes(path))).toEqual([]);
  });
});
