import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ksmtunedDefaults, parseKsmtunedConf } from "../../../../host/src/config/ksmtuned-conf.ts";
import { loadConfig } from "../../../../host/src/config/load.ts";
import { formatProblem } from "../../../../host/src/config/problem.ts";

const folder = mkdtempSync(join(tmpdir(), "ballast-ksmtuned-"));
afterAll(() => rmSync(folder, { recursive: true }));

const DEFAULTS = ksmtunedDefaults("debian");
const ADVICE = "mend or remove it; ksmtuned's default holds";

function parse(text: string) {
  const { rule, problems } = parseKsmtunedConf(text, "/etc/ksmtuned.conf", DEFAULTS);
  return { rule, problems: problems.map(formatProblem) };
}

describe("ksmtuned.conf", () => {
  it("is read with every variable that ksmtuned knows", () => {
    const text = `# Configuration file for ksmtuned.

KSM_MONITOR_INTERVAL=30
KSM_SLEEP_MSEC=100
KSM_NPAGES_BOOST=400
KSM_NPAGES_DECAY=-25
KSM_NPAGES_MIN=32
KSM_NPAGES_MAX=2500
KSM_THRES_COEF=35
KSM_THRES_CONST=4096
KSM_PS_METRIC=pss
LOGFILE=/var/log/ksmtuned
DEBUG=1
`;
    expect(parse(text)).toEqual({
      problems: [],
      rule: {
        ...DEFAULTS,
        ...{ monitorIntervalMs: 30_000, sleepMs: 100, pagesBoost: 400, pagesDecay: -25 },
        ...{ pagesMin: 32, pagesMax: 2500, thresholdPercent: 35, thresholdConst: 4096, metric: "pss" },
      },
    });
  });

  it("is read as the shell would: quotes, spaces before, comments behind, the last one wins", () => {
    const text = "  export KSM_SLEEP_MSEC=\"20\" # slow\nKSM_NPAGES_MAX='99'\nKSM_NPAGES_MAX=1000;\n\r\n";
    expect(parse(text.replace("\r", "")).rule).toMatchObject({ sleepMs: 20, pagesMax: 1000 });
    expect(parse(text.replace("\r", "")).problems).toEqual([]);
  });

  it("reports every line that is not understood, with its number, and keeps the default there", () => {
    const text =
      "KSM_SLEPE_MSEC=10\nKSM_SLEEP_MSEC=ten\nif true; then\nKSM_THRES_COEF=120\nKSM_PS_METRIC=vsz\nKSM_NPAGES_BOOST=$(reboot)\n";
    expect(parse(text)).toEqual({
      rule: DEFAULTS,
      problems: [
        `/etc/ksmtuned.conf:1: KSM_SLEPE_MSEC is no variable of ksmtuned; ${ADVICE}`,
        `/etc/ksmtuned.conf:2: KSM_SLEEP_MSEC: "ten" is not a whole number from 0 to 3600000; ${ADVICE}`,
        `/etc/ksmtuned.conf:3: "if true; then" is no assignment; ${ADVICE}`,
        `/etc/ksmtuned.conf:4: KSM_THRES_COEF: "120" is not a whole number from 0 to 100; ${ADVICE}`,
        `/etc/ksmtuned.conf:5: KSM_PS_METRIC: "vsz" is not pss or rsz; ${ADVICE}`,
        `/etc/ksmtuned.conf:6: KSM_NPAGES_BOOST: "$(reboot)" is not a whole number from -10000000 to 10000000; ${ADVICE}`,
      ],
    });
  });

  it("does not let the least be above the most", () => {
    const { rule, problems } = parse("KSM_NPAGES_MIN=3000\n");
    expect(rule).toEqual(DEFAULTS);
    expect(problems).toEqual([
      `/etc/ksmtuned.conf: KSM_NPAGES_MIN 3000 is above KSM_NPAGES_MAX 1250; ${ADVICE}`,
    ]);
  });

  it("is not fooled by names that every object has", () => {
    expect(parse("constructor=1\n").problems[0]).toContain("constructor is no variable");
  });
});

describe("a config in mode ksmtuned", () => {
  const configWith = (ksm: string) => {
    const path = join(folder, "ballastd.yaml");
    writeFileSync(path, `ksm: ${ksm}\nguests: { static: [{ name: a, qmp: /a }] }\n`);
    return loadConfig(path);
  };

  it("takes its figures from the file that it names, and warns of each bad line", async () => {
    const file = join(folder, "ksmtuned.conf");
    writeFileSync(file, "KSM_THRES_COEF=50\nKSM_BAD=1\n");
    const result = await configWith(
      `{ mode: ksmtuned, ksmtuned: { file: ${file}, variant: proxmox, fixes: [savings] } }`,
    );
    expect(result.ok && result.config.ksm.ksmtuned).toEqual({
      ...ksmtunedDefaults("proxmox"),
      ...{ thresholdPercent: 50, fixes: ["savings"] },
    });
    expect(result.warnings.map(formatProblem)).toEqual([
      `${file}:2: KSM_BAD is no variable of ksmtuned; ${ADVICE}`,
    ]);
  });

  it("keeps the defaults where the file cannot be read, and says so", async () => {
    const result = await configWith(
      "{ mode: ksmtuned, ksmtuned: { file: /none/ksmtuned.conf, variant: debian } }",
    );
    expect(result.ok && result.config.ksm.ksmtuned).toEqual(DEFAULTS);
    expect(result.warnings.map(({ message }) => message)).toEqual(["does not exist"]);
  });

  it("does not read it in any other mode", async () => {
    const result = await configWith("{ mode: adaptive, ksmtuned: { file: /none/ksmtuned.conf } }");
    expect(result.warnings).toEqual([]);
  });
});
