/** What the agent says in the lives of a guest: the real agent, its real reader and the real wire, on the files of a simulated kernel. */
import { describe, expect, it } from "vitest";
import { MIB } from "../../host/src/model/bytes.ts";
import { Kernel } from "../../host/src/simulate/guest/kernel.ts";
import { AgentOnFiles } from "./agent-on-files.ts";
import { pages, play, type Scene, type TimedLook } from "./agent-play.ts";

/** Its shares for kernel and watermarks are whole KiB: what files say is what there is. */
const FULL_BYTES = 1000 * MIB;
const KERNEL_AND_WATERMARK_BYTES =
  FULL_BYTES - new Kernel({ fullBytes: FULL_BYTES, os: "linux", swapBytes: 0 }).availableBytes;
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
/** Of what is available, so much is cache: little is free. */
const CACHE_SHARE = 0.75;

/** A guest of which so much is available. */
function leaving(availableMib: number, scene: Partial<Scene> = {}): Scene {
  const anonBytes = FULL_BYTES - KERNEL_AND_WATERMARK_BYTES - availableMib * MIB;
  return { fullBytes: FULL_BYTES, anonBytes, durationMs: 10_000, ...scene };
}

/** The same, squeezed to half of its size. */
function squeezed(availableMib: number, scene: Partial<Scene> = {}): Scene {
  const balloonBytes = 500 * MIB;
  const { anonBytes, ...rest } = leaving(availableMib, scene);
  return { anonBytes: anonBytes - balloonBytes, balloonBytes, ...rest };
}

/** Programs grow by so much, from a moment on, until they have touched so much more. */
function burst(mibPerSecond: number, fromMs: number, mib: number): (kernel: Kernel, nowMs: number) => void {
  let touchedBytes = 0;
  return (kernel, nowMs) => {
    if (nowMs < fromMs || touchedBytes >= mib * MIB) return;
    const stepBytes = pages((mibPerSecond * MIB) / SECOND_MS);
    touchedBytes += stepBytes;
    kernel.anonBytes += stepBytes;
  };
}

/** Times of calls; of reports with `reportsOf`. */
function callsOf(looks: readonly TimedLook[]): number[] {
  return looks.filter(({ demand }) => demand !== undefined).map(({ atMs }) => atMs);
}

function reportsOf(looks: readonly TimedLook[]): number[] {
  return looks.filter(({ report }) => report !== undefined).map(({ atMs }) => atMs);
}

function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((time, i) => time - (times[i] ?? 0));
}

/** The pressure of each report, without repetition. */
function levelsOf(looks: readonly TimedLook[]): (string | undefined)[] {
  const levels = looks.flatMap(({ report }) => (report === undefined ? [] : [report.pressure]));
  return levels.filter((level, i) => level !== levels[i - 1]);
}

describe("the agent, at rest", () => {
  it("looks every 2 s, and tells every other time that all is as it was", () => {
    const { looks } = play(leaving(1, { anonBytes: 0, fullBytes: 2000 * MIB, durationMs: 20_000 }));
    expect(gaps(looks.map(({ atMs }) => atMs))).toEqual(Array.from({ length: 9 }, () => 2000));
    expect(reportsOf(looks)).toEqual([0, 4000, 8000, 12_000, 16_000]);
  });

  it.each([
    [400, 188],
    [200, 90],
    [100, 42],
    [64, 24],
    [48, 20],
    [32, 20],
  ])(
    "samples the sooner the less a squeezed guest has left: with %i MiB after %i ms",
    (availableMib, intervalMs) => {
      const [first] = play(squeezed(availableMib, { durationMs: 1 })).looks;
      expect(Math.abs((first?.nextMs ?? 0) - intervalMs)).toBeLessThanOrEqual(1);
    },
  );

  it("demands nothing, however full its cache is", () => {
    const each = (kernel: Kernel) => {
      kernel.coldBytes = Math.min(600 * MIB, kernel.coldBytes + 64 * 4096);
    };
    expect(callsOf(play(leaving(800, { each })).looks)).toEqual([]);
  });
});

describe("the agent, while the host inflates", () => {
  it("samples at least every 100 ms once an inflation is announced, for a second and the time that its size takes", () => {
    let told = false;
    const beforeLook: Scene["beforeLook"] = (agent) => {
      if (!told) agent.noticed(200 * MIB);
      told = true;
    };
    const { looks } = play(leaving(800, { beforeLook }));
    const urgent = looks.filter(({ nextMs }) => nextMs <= 100);
    expect(urgent.at(-1)?.atMs).toBeGreaterThan(2900);
    expect(urgent.at(-1)?.atMs).toBeLessThan(3100);
    expect(urgent.length).toBeGreaterThan(29);
  });

  it("demands when the balloon itself is about to leave too little", () => {
    const inflate = { fromMs: 500, toBytes: 395 * MIB };
    const { looks } = play(leaving(400, { inflate, durationMs: 2000 }));
    const [first] = looks.filter(({ demand }) => demand !== undefined);
    expect(first?.demand?.level).toBe("critical");
    expect(first?.demand?.availableBytes).toBeGreaterThan(16 * MIB);
  });
});

describe.each([10, 50, 100, 250, 400])(`the agent, in a burst of %i MiB/s`, (mibPerSecond) => {
  it("demands early enough for memory that arrives after 50 ms, with much and with little left", () => {
    for (const availableMib of [48, 100, 200])
      for (const fromMs of [503, 531, 567]) {
        const scene = squeezed(availableMib, { each: burst(mibPerSecond, fromMs, 400), answerMs: 50 });
        expect(play(scene).lowestAvailableBytes, `${availableMib} MiB`).toBeGreaterThan(MIB);
      }
  });
});

describe("the agent, with a host that does not answer", () => {
  it("says the same again after 200 ms, looking every 20 ms for a second", () => {
    const { looks } = play(squeezed(4, { durationMs: 1000 }));
    expect(callsOf(looks)).toEqual([0, 200, 400, 600, 800]);
    expect(looks.every(({ nextMs }) => nextMs === 20)).toBe(true);
  });

  it("says it sooner when the need has grown by a quarter, though not within 40 ms", () => {
    const [slow, fast] = [burst(150, 100, 15), burst(600, 200, 30)];
    const each = (kernel: Kernel, nowMs: number) => {
      slow(kernel, nowMs);
      fast(kernel, nowMs);
    };
    const { looks } = play(squeezed(70, { each, durationMs: 400 }));
    const spans = gaps(callsOf(looks));
    expect(Math.min(...spans)).toBeGreaterThanOrEqual(40);
    expect(Math.min(...spans)).toBeLessThan(200);
  });

  it("stops calling when the need is over", () => {
    const each = (kernel: Kernel, nowMs: number) => {
      if (nowMs === 500) kernel.anonBytes -= 200 * MIB;
    };
    const calls = callsOf(play(squeezed(4, { each })).looks);
    expect(calls.at(-1)).toBeLessThan(500);
  });
});

describe("the agent, when it is refused", () => {
  it("is silent for a second", () => {
    const { looks } = play(squeezed(4, { answerMs: 5, answer: "refuse", durationMs: 4000 }));
    expect(callsOf(looks)).toEqual([0, 1020, 3040]);
  });

  it("demands at once when things get worse", () => {
    const each = (kernel: Kernel, nowMs: number) => {
      if (nowMs === 400) kernel.anonBytes += 10 * MIB;
    };
    const scene = { each, answerMs: 5, answer: "refuse", durationMs: 900 } as const;
    const { looks } = play(squeezed(14, scene));
    const demands = looks.flatMap(({ demand, atMs }) => (demand ? [{ atMs, level: demand.level }] : []));
    expect(demands.map(({ level }) => level)).toEqual(["moderate", "critical"]);
    expect(demands[1]?.atMs).toBeLessThan(500);
  });
});

describe("the agent, once helped", () => {
  /** What it tells of its round trip at the end, when help took so long each time. */
  function learned(...answerMs: number[]): number | undefined {
    const agent = new AgentOnFiles(squeezed(4));
    const { kernel } = agent;
    const before = squeezed(4);
    kernel.anonBytes = before.anonBytes;
    let roundTripMs: number | undefined;
    let nowMs = 0;
    for (const tookMs of answerMs) {
      kernel.balloonBytes = 500 * MIB;
      for (const endMs = nowMs + 5000; nowMs < endMs; nowMs += 20) {
        const { report, demand } = agent.look(nowMs);
        roundTripMs = report?.roundTripMs ?? roundTripMs;
        if (demand !== undefined && kernel.balloonBytes > 0) {
          nowMs += tookMs - 20;
          kernel.balloonBytes = 0;
        }
      }
    }
    agent.close();
    return roundTripMs;
  }

  it("tells how long it took", () => {
    expect(learned(80)).toBe(80);
  });

  it("believes a longer time at once, and a shorter one by a quarter", () => {
    expect(learned(80, 240)).toBe(240);
    expect(learned(240, 80)).toBe(200);
  });

  it("demands the sooner, the longer memory took to arrive", () => {
    const leftAtSecondCall = (answerMs: number) => {
      const [first, second] = [burst(100, 300, 300), burst(100, 6000, 300)];
      const each = (kernel: Kernel, nowMs: number) => {
        first(kernel, nowMs);
        second(kernel, nowMs);
      };
      const { looks } = play(squeezed(200, { each, answerMs, durationMs: 9000 }));
      const call = looks.find(({ demand, atMs }) => demand !== undefined && atMs >= 6000);
      return call?.demand?.availableBytes ?? 0;
    };
    expect(leftAtSecondCall(500)).toBeGreaterThan(leftAtSecondCall(30) + 24 * MIB);
  });
});

describe("the agent, under pressure", () => {
  /** Levels told by a guest full of cache while something is counted at a rate, for 3 s from the first second on. */
  function levels(perSecond: (kernel: Kernel, count: number) => void, rate: number, availableMib = 120) {
    const each = (kernel: Kernel, nowMs: number) => {
      if (nowMs === 0) kernel.coldBytes = pages(availableMib * CACHE_SHARE * MIB);
      if (nowMs >= 1000 && nowMs < 4000 && nowMs % 100 === 0) perSecond(kernel, rate / 10);
    };
    const told = levelsOf(play(leaving(availableMib, { each, durationMs: 16_000 })).looks);
    // The first window in which something is counted may hold only a part of it.
    const highest = ["critical", "moderate", "low", "none"].find((level) => told.includes(level));
    return told.slice(told.indexOf(highest));
  }
  const refault = (kernel: Kernel, pagesCount: number) => {
    kernel.counters.refaultPages += pagesCount;
  };
  const stall = (kernel: Kernel, us: number) => {
    kernel.counters.stallUs += us;
  };

  it("rises at once with refaults, and falls step by step, each after 2 s of calm", () => {
    expect(levels(refault, 40)).toEqual(["none"]);
    expect(levels(refault, 100)).toEqual(["low", "none"]);
    expect(levels(refault, 400)).toEqual(["moderate", "low", "none"]);
    expect(levels(refault, 3000)).toEqual(["critical", "moderate", "low", "none"]);
  });

  it("takes stall time for the kernel's own work while nothing is missed", () => {
    expect(levels(stall, 200_000)).toEqual(["none"]);
    expect(levels(stall, 200_000, 60)).not.toContain("critical");
  });

  it("takes stall time of programs that miss something for a hint with memory left, and for more when there is little", () => {
    const wait = (kernel: Kernel, us: number) => {
      stall(kernel, us);
      kernel.counters.swapInPages += 0.2;
    };
    expect(levels(wait, 200_000)).toEqual(["low", "none"]);
    expect(levels(wait, 50_000, 60)).toContain("moderate");
    expect(levels(wait, 50_000, 60)).not.toContain("critical");
    expect(levels(wait, 200_000, 60)).toContain("critical");
  });

  it("is felt by swapping in and by stalled allocations", () => {
    const swapIn = (kernel: Kernel, pagesCount: number) => {
      kernel.counters.swapInPages += pagesCount;
    };
    const stalled = (kernel: Kernel, count: number) => {
      kernel.counters.allocationStalls += count;
    };
    expect(levels(swapIn, 20)).toEqual(["low", "none"]);
    expect(levels(swapIn, 1000)).toEqual(["moderate", "low", "none"]);
    expect(levels(stalled, 10)).toEqual(["moderate", "low", "none"]);
  });

  it("is felt by what is left alone: low, moderate and critical as it dwindles", () => {
    const level = (mib: number) => play(leaving(mib, { durationMs: 1 })).looks[0]?.report?.pressure;
    expect([60, 40, 25, 10].map(level)).toEqual(["none", "low", "moderate", "critical"]);
  });

  it("tells of an OOM kill within half a second, as critical", () => {
    const each = (kernel: Kernel, nowMs: number) => {
      if (nowMs === 0) kernel.coldBytes = pages(120 * CACHE_SHARE * MIB);
      if (nowMs === 1000) kernel.counters.oomKills += 1;
    };
    const { looks } = play(leaving(120, { each, durationMs: 2000 }));
    const told = looks.find(({ report }) => report?.oomKillsTotal === 1);
    expect(told?.report?.pressure).toBe("critical");
    expect(told?.atMs).toBeLessThanOrEqual(1700);
  });
});

describe("the agent, beside a container at its own limit, with 600 MiB free,", () => {
  it.each([
    [
      "is killed every 30 s",
      (kernel: Kernel, nowMs: number) => {
        if (nowMs % 30_000 === 5000) kernel.counters.oomKills += 1;
      },
    ],
    [
      "swaps",
      (kernel: Kernel) => {
        kernel.counters.swapInPages += 2;
      },
    ],
    [
      "reads its files again and again",
      (kernel: Kernel) => {
        kernel.counters.refaultPages += 20;
      },
    ],
    [
      "stalls",
      (kernel: Kernel) => {
        kernel.counters.stallUs += 500;
      },
    ],
  ])("tells of no pressure when it %s, and of no kill", (_, each) => {
    const { looks } = play(leaving(600, { each, durationMs: 2 * MINUTE_MS }));
    expect(levelsOf(looks)).toEqual(["none"]);
    expect(looks.flatMap(({ report }) => report?.oomKillsTotal ?? []).at(-1)).toBe(0);
    expect(looks.length).toBeLessThan(300);
  });
});

describe("the agent, while a state lasts", () => {
  /** Samples and demands of the last of some minutes. */
  function perMinute(scene: Scene, minutes: number): { samples: number; demands: number } {
    const { looks } = play({ ...scene, durationMs: minutes * MINUTE_MS });
    const last = looks.filter(({ atMs }) => atMs >= (minutes - 1) * MINUTE_MS);
    return { samples: last.length, demands: callsOf(last).length };
  }

  it.each([
    ["squeezed and idle with 64 MiB left", squeezed(64), { samples: 1000, demands: 0 }],
    [
      "squeezed to less than it needs, beside a host that refuses",
      squeezed(8, { answerMs: 5, answer: "refuse" }),
      { samples: 130, demands: 2 },
    ],
    [
      "squeezed to less than it needs, beside a host that is silent",
      squeezed(8),
      { samples: 130, demands: 2 },
    ],
    ["with an empty balloon and 8 MiB available", leaving(8), { samples: 130, demands: 0 }],
    ["with an empty balloon and 100 MiB available", leaving(100), { samples: 240, demands: 0 }],
  ])("is calm in a guest %s", (_, scene, most) => {
    const { samples, demands } = perMinute(scene, 3);
    expect(samples).toBeLessThanOrEqual(most.samples);
    expect(demands).toBeLessThanOrEqual(most.demands);
  });

  it("looks less and less often from the first minute on", () => {
    const { looks } = play(squeezed(24, { durationMs: 2 * MINUTE_MS }));
    const perSecond = (fromMs: number) =>
      Math.round(looks.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + 10_000).length / 10);
    expect([10_000, 30_000, 50_000, 70_000].map(perSecond)).toEqual([50, 29, 18, 14]);
  });

  it("reads all figures for reports alone", () => {
    const { looks } = play(squeezed(24, { durationMs: 3 * MINUTE_MS }));
    const last = looks.filter(({ atMs }) => atMs >= 2 * MINUTE_MS);
    const whole = last.filter(({ isWhole }) => isWhole);
    expect(whole.length).toBeGreaterThan(20);
    // Once a minute what hardly ever changes is read.
    expect(whole.filter(({ report }) => report === undefined).length).toBeLessThanOrEqual(1);
  });

  it("demands at once when a guest that was short for long is about to fail", () => {
    const each = burst(100, MINUTE_MS, 20);
    const { looks } = play(squeezed(40, { each, durationMs: MINUTE_MS + 2000 }));
    const [first = 0] = callsOf(looks).filter((atMs) => atMs >= MINUTE_MS);
    expect(first - MINUTE_MS).toBeLessThanOrEqual(100);
  });

  it.each([
    [200, 1000, 50],
    [64, 300, 20],
    [64, 300, 40],
  ])(
    "survives after minutes of rest, with %i MiB left, a burst of %i MiB/s",
    (availableMib, mibPerSecond, answerMs) => {
      for (const fromMs of [MINUTE_MS / 2 + 3, 2 * MINUTE_MS + 1003, 2 * MINUTE_MS + 1031]) {
        const each = burst(mibPerSecond, fromMs, 380);
        const scene = squeezed(availableMib, { each, answerMs, durationMs: fromMs + 2000 });
        expect(play(scene).lowestAvailableBytes, `from ${fromMs} ms`).toBeGreaterThan(0);
      }
    },
  );
});

describe("the agent, in a guest that swaps", () => {
  it("takes growth into swap for growth, and demands, though what is available does not fall", () => {
    const each = (kernel: Kernel, nowMs: number) => {
      if (nowMs >= 1000) kernel.swappedBytes += pages((80 * MIB) / SECOND_MS);
    };
    const { looks } = play(squeezed(30, { each, swapBytes: 512 * MIB, durationMs: 3000 }));
    expect(callsOf(looks).length).toBeGreaterThan(0);
    const peaks = looks.flatMap(({ report }) => report?.growthPeakBytesPerSecond ?? []);
    expect(Math.max(...peaks)).toBeGreaterThan(60 * MIB);
  });

  it("takes memory that only moves to swap for none", () => {
    const each = (kernel: Kernel, nowMs: number) => {
      const step = pages((50 * MIB) / SECOND_MS);
      if (nowMs < 1000 || kernel.anonBytes < step) return;
      kernel.anonBytes -= step;
      kernel.swappedBytes += step;
    };
    const { looks } = play(squeezed(100, { each, swapBytes: 512 * MIB, durationMs: 3000 }));
    expect(looks.flatMap(({ report }) => report?.growthPeakBytesPerSecond ?? []).at(-1)).toBe(0);
  });
});

describe("the agent, reporting", () => {
  it("tells a change of more than 2 % at once, and a smaller one only with the heartbeat", () => {
    const grownBy = (mib: number) => (kernel: Kernel, nowMs: number) => {
      if (nowMs === 1000) kernel.anonBytes += mib * MIB;
    };
    const small = reportsOf(play(leaving(400, { each: grownBy(10), durationMs: 4000 })).looks);
    const large = reportsOf(play(leaving(400, { each: grownBy(40), durationMs: 4000 })).looks);
    expect(small[1]).toBeGreaterThanOrEqual(2400);
    expect(large[1]).toBeLessThan(1800);
  });

  it("tells no more than every 100 ms, however fast memory moves", () => {
    const { looks } = play(squeezed(300, { each: burst(200, 100, 250), durationMs: 1500 }));
    const levelled = looks.filter(({ report }) => report?.pressure === "none");
    expect(Math.min(...gaps(reportsOf(levelled)))).toBeGreaterThanOrEqual(100);
    expect(reportsOf(levelled).length).toBeGreaterThan(5);
  });

  it("tells all anew to a host that came back", () => {
    const beforeLook: Scene["beforeLook"] = (agent, nowMs) => {
      if (nowMs > 1000 && nowMs < 1400) agent.reconnected(nowMs);
    };
    const { looks } = play(leaving(200, { beforeLook, durationMs: 2000 }));
    expect(reportsOf(looks).length).toBeGreaterThanOrEqual(2);
    expect(reportsOf(looks)[1]).toBeLessThan(1400);
  });
});

describe("the agent, in a guest with deflate-on-oom", () => {
  it("does not take its balloon for use", () => {
    const scene: Scene = {
      fullBytes: FULL_BYTES,
      deflateOnOom: true,
      anonBytes: 100 * MIB,
      durationMs: 4000,
      inflate: { fromMs: 500, toBytes: 500 * MIB },
    };
    const { looks } = play(scene);
    expect(callsOf(looks)).toEqual([]);
    expect(looks.flatMap(({ report }) => report?.growthPeakBytesPerSecond ?? []).at(-1)).toBe(0);
    expect(looks.findLast(({ report }) => report)?.report?.balloonBytes).toBe(500 * MIB);
  });
});
