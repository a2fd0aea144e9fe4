/* A script of phases, played by `workload play`. */
#ifndef PLAY_H
#define PLAY_H

#define MAX_PHASES 64

/* What the programs do from a moment on, until the next phase begins; see host/src/simulate/scenario.ts. */
struct phase {
  long from_ms, anon_bytes, touch_bytes_s, hot_bytes, reads_s;
};

struct script {
  struct phase phases[MAX_PHASES];
  int count;
  long seconds, stale_bytes;
  /* For so long a read may wait until it is dropped. */
  long backlog_ms;
  int stale_reads;
  const char *folder;
};

/* Reads `FROM_MS:ANON_KIB:TOUCH_KIB_S:HOT_KIB:READS_S,...`; 0 when it is not that. */
int parse_phases(const char *text, struct script *script);

/* Sets up, says "ready", waits for the file /run/go, and plays. */
int play(const struct script *script);

#endif
