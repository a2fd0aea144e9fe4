/** Sets protobufjs up to read 64-bit integers as plain numbers; must be imported before the generated code. */
import protobuf from "protobufjs/minimal.js";

// Whether the `long` package happens to be installed must not change what the codec gives.
Object.assign(protobuf.util, { Long: undefined });
protobuf.configure();
