/** ksmtuned.conf, a shell fragment that is read as data. */
import { ksmtunedDefaults, parseKsmtunedConf } from "../../../host/src/config/ksmtuned-conf.ts";
import { bytesOf, type FuzzTarget, promise, textOf } from "../target.ts";

export const target: FuzzTarget = {
  seeds: [
    "# KSM_MONITOR_INTERVAL=60\nKSM_SLEEP_MSEC=10\nKSM_NPAGES_BOOST=300\nKSM_NPAGES_DECAY=-50\n",
    "KSM_THRES_COEF='20'\nKSM_THRES_CONST=\"2048\"\nKSM_PS_METRIC=pss\nLOGFILE=/var/log/ksmtuned\nDEBUG=1\n",
  ].map(bytesOf),
  words: ["KSM_", "=", "'", '"', "$(", "`", "#", "export ", "\\\n", "-"],
  run: (untrustedBytes) => {
    const { rule } = parseKsmtunedConf(textOf(untrustedBytes), "ksmtuned.conf", ksmtunedDefaults("debian"));
    for (const value of Object.values(rule))
      promise(typeof value !== "number" || Number.isFinite(value), `a setting is ${String(value)}`);
    promise(rule.thresholdPercent >= 0 && rule.thresholdPercent <= 100, "a share above the whole");
  },
};
