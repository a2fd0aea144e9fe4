/** What makes the agent a service under systemd. */
import { describe, expect, it } from "vitest";
import { PORT_NAME } from "../../../../guest/src/link/find-port.ts";
import { SERVICE_PATHS, serviceFiles } from "../../../../guest/src/service/systemd-files.ts";

const PROGRAM = "/usr/local/bin/ballast-agent";

function unit(...runArguments: string[]): string {
  const file = serviceFiles(PROGRAM, runArguments).find(({ path }) =>
    path.endsWith("/ballast-agent.service"),
  );
  return file && "content" in file ? file.content : "";
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

  it("allows code to be made at run time, and devices to be opened that appear later", () => {
    expect(unit()).not.toMatch(
      /^(MemoryDenyWriteExecute|DevicePolicy|DeviceAllow|PrivateDevices|ProtectClock)/m,
    );
  });

  it("passes options on as they are, whatever systemd would make of their letters", () => {
    expect(unit("--channel", '/dev/a b%i$X"\\', "--log-level", "warn")).toContain(
      `ExecStart=${PROGRAM} run --channel "/dev/a b%%i$$X\\"\\\\" --log-level warn\n`,
    );
  });

  it("has no network, unless the agent is to connect to the broker", () => {
    expect(unit()).toContain("PrivateNetwork=yes");
    const connected = unit("--url", "wss://host:7781");
    expect(connected).not.toContain("PrivateNetwork");
    expect(connected).toContain("After=network-online.target");
    expect(connected).toMatch(/^RestrictAddressFamilies=.*AF_INET /m);
  });
});

describe("the service", () => {
  it("starts when the port appears, and with the system only where it connects by itself", () => {
    const [alone, connected] = [serviceFiles(PROGRAM, []), serviceFiles(PROGRAM, ["--url", "wss://host"])];
    const rule = alone.find(({ path }) => path.startsWith("/etc/udev/rules.d/"));
    expect(rule).toMatchObject({ content: expect.stringContaining(`ATTR{name}=="${PORT_NAME}"`) });
    expect(alone.some((file) => "linkTo" in file)).toBe(false);
    expect(connected.some((file) => "linkTo" in file)).toBe(true);
  });

  it("is made of nothing that uninstall does not know", () => {
    const all = [...serviceFiles(PROGRAM, []), ...serviceFiles(PROGRAM, ["--url", "wss://host"])];
    expect(all.filter(({ path }) => !SERVICE_PATHS.includes(path))).toEqual([]);
  });
});
