#!/usr/bin/env node
/** The admin's program, `ballast`. Loading all of it takes a few tenths of a second: completions at a TAB do without. */
import { socketPathOf } from "./client/socket-path.ts";
import { GUEST_NAMES_COMMAND } from "./completion/places.ts";

// No `await` outside a function: the packaged program is one CommonJS file, which knows none.
if (process.argv[2] === GUEST_NAMES_COMMAND) void import("./completion/guest-names.ts").then(printGuestNames);
else void import("./composition.ts").then(({ runBallast }) => runBallast());

async function printGuestNames({ guestNames }: typeof import("./completion/guest-names.ts")): Promise<void> {
  const names = await guestNames(socketPathOf(process.env));
  process.stdout.write(names.map((name) => `${name}\n`).join(""));
}
