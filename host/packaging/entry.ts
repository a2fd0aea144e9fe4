/** The one executable of the host's programs. Which one it is follows from the name that it was started by, so that Node is installed once. */
import { basename } from "node:path";

// A static import would load both.
if (basename(process.argv0) === "ballastd") void import("../src/main.ts");
else void import("../src/cli/main.ts");
