/* The one program that tests run inside guests to use memory: burst, hold, twin, cache, build, idle, play. */
#include "common.h"
#include "play.h"

#include <signal.h>

#define PROGRESS_BYTES (20 * MIB)
#define SLICE_US 5000L

static const char USAGE[] =
    "workload burst --mb N [--rate-mb-s R] [--hold-s S]   touch N MiB at R MiB/s (0: full speed), keep it S seconds\n"
    "workload hold --mb N [--seconds S]                   touch N MiB, and again each second (S = 0: until killed)\n"
    "workload twin --mb N [--seconds S]                   fill N MiB alike in every guest, rewrite them on SIGUSR1, keep them\n"
    "workload cache --file F --mb N [--seconds S]         read random 4 KiB of an N MiB file, made if missing\n"
    "workload build --file F --mb N --cache-mb C --steps S  grow to N MiB and write C MiB of files in S steps, one a second\n"
    "workload idle [--seconds S]                          do nothing\n"
    "workload play --folder D --phases P --seconds S      play FROM_MS:ANON_KIB:TOUCH_KIB_S:HOT_KIB:READS_S,...\n"
    "              [--stale-mb N] [--stale-reads 1|2]     after N MiB of another file were read once or twice\n"
    "              [--backlog-ms N]                       reads are dropped that wait longer than N (100) ms\n";

struct options {
  long mib, rate_mib_s, hold_s, seconds, cache_mib, steps;
  const char *file;
  struct script script;
};

static void fail_usage(const char *what) {
  fprintf(stderr, "workload: %s\n%s", what, USAGE);
  exit(2);
}

/* How far a burst may have come after `elapsed_us`. */
static long allowed_bytes(long elapsed_us, long rate_mib_s, long total) {
  if (rate_mib_s == 0) return total;
  double bytes = (double)elapsed_us / 1e6 * rate_mib_s * MIB;
  return bytes >= total ? total : (long)bytes / PAGE_BYTES * PAGE_BYTES;
}

static int run_burst(const struct options *options) {
  long total = options->mib * MIB, done = 0, shown = 0, start = now_us();
  uint64_t salt = (uint64_t)getpid() << 40;
  char *memory = reserve(total);
  while (done < total) {
    long goal = allowed_bytes(now_us() - start, options->rate_mib_s, total);
    /* In steps, so that progress is seen at full speed as well. */
    if (goal > done + PROGRESS_BYTES) goal = done + PROGRESS_BYTES;
    touch(memory, done, goal, salt);
    done = goal;
    if (done - shown >= PROGRESS_BYTES) {
      shown = done;
      printf("touched mb=%ld ms=%ld\n", done / MIB, (now_us() - start) / 1000);
    }
    if (options->rate_mib_s != 0) sleep_us(SLICE_US);
  }
  printf("done mb=%ld ms=%ld\n", options->mib, (now_us() - start) / 1000);
  sleep_us(options->hold_s * 1000000L);
  return 0;
}

static int is_over(long start, long seconds) {
  return seconds > 0 && now_us() - start >= seconds * 1000000L;
}

static int run_hold(const struct options *options) {
  long total = options->mib * MIB, start = now_us();
  uint64_t salt = (uint64_t)getpid() << 40;
  char *memory = reserve(total);
  touch(memory, 0, total, salt);
  printf("holding mb=%ld ms=%ld\n", options->mib, (now_us() - start) / 1000);
  while (!is_over(start, options->seconds)) {
    sleep_us(1000000L);
    touch(memory, 0, total, salt++);
  }
  return 0;
}

static int open_working_set(const struct options *options) {
  long total = options->mib * MIB;
  int fd = open(options->file, O_RDWR | O_CREAT, 0644);
  if (fd < 0) fail(options->file);
  if (lseek(fd, 0, SEEK_END) < total) fill_file(fd, total);
  /* Random reads must not be guessed ahead: each miss is one read of the disk. */
  warm_up(fd, total);
  posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
  return fd;
}

static int run_cache(const struct options *options) {
  if (options->file == NULL) fail_usage("cache needs --file");
  int fd = open_working_set(options);
  long pages = options->mib * MIB / PAGE_BYTES, start = now_us(), second = start, operations = 0;
  uint64_t random = 88172645463325252ULL;
  char page[PAGE_BYTES];
  puts("ready");
  while (!is_over(start, options->seconds)) {
    if (pread(fd, page, PAGE_BYTES, (long)(next_random(&random) % pages) * PAGE_BYTES) < 0) fail("read");
    operations++;
    long now = now_us();
    if (now - second < 1000000L) continue;
    printf("ops=%ld ms=%ld\n", operations * 1000000L / (now - second), (now - start) / 1000);
    operations = 0;
    second = now;
  }
  return 0;
}

/* Whole pages that are the same in each guest, until they are rewritten: what KSM has merged breaks apart. */
static int run_twin(const struct options *options) {
  long total = options->mib * MIB, start = now_us();
  int signal;
  sigset_t rewrite;
  sigemptyset(&rewrite);
  sigaddset(&rewrite, SIGUSR1);
  sigprocmask(SIG_BLOCK, &rewrite, NULL);
  char *memory = reserve(total);
  touch(memory, 0, total, 1);
  printf("alike mb=%ld ms=%ld\n", options->mib, (now_us() - start) / 1000);
  sigwait(&rewrite, &signal);
  start = now_us();
  touch(memory, 0, total, (uint64_t)start << 40);
  printf("rewritten mb=%ld ms=%ld\n", options->mib, (now_us() - start) / 1000);
  sleep_us(options->seconds * 1000000L);
  return 0;
}

/* One step of a build: more memory, and a part of the files written and read once. Gives what it took. */
static long build_step(const struct options *options, int fd, char *memory, long step) {
  long start = now_us(), anon = options->mib * MIB, files = options->cache_mib * MIB / WRITE_BYTES;
  touch(memory, anon * step / options->steps, anon * (step + 1) / options->steps, (uint64_t)getpid() << 40);
  char *block = malloc(WRITE_BYTES);
  if (block == NULL) fail("malloc");
  for (long at = files * step / options->steps; at < files * (step + 1) / options->steps; at++) {
    memset(block, (int)at + 1, WRITE_BYTES);
    if (pwrite(fd, block, WRITE_BYTES, at * WRITE_BYTES) != WRITE_BYTES) fail("write");
    if (pread(fd, block, WRITE_BYTES, at * WRITE_BYTES) != WRITE_BYTES) fail("read");
  }
  free(block);
  return now_us() - start;
}

/* Grows and fills the cache, and falls back: its memory is free afterwards, its files stay cached. */
static int run_build(const struct options *options) {
  if (options->file == NULL || options->steps == 0) fail_usage("build needs --file and --steps");
  long start = now_us(), busy = 0;
  int fd = open(options->file, O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (fd < 0) fail(options->file);
  char *memory = reserve(options->mib * MIB);
  for (long step = 0; step < options->steps; step++) {
    busy += build_step(options, fd, memory, step);
    long due = start + (step + 1) * 1000000L, now = now_us();
    if (due > now) sleep_us(due - now);
  }
  printf("built ms=%ld busy=%ld\n", (now_us() - start) / 1000, busy / 1000);
  return 0;
}

static int run_idle(const struct options *options) {
  long start = now_us();
  while (!is_over(start, options->seconds)) sleep_us(1000000L);
  return 0;
}

static int run_play(struct options *options) {
  struct script *script = &options->script;
  if (script->folder == NULL || script->count == 0 || options->seconds == 0)
    fail_usage("play needs --folder, --phases and --seconds");
  script->seconds = options->seconds;
  return play(script);
}

static long number(const char *text) {
  char *end;
  long value = strtol(text, &end, 10);
  if (*text == '\0' || *end != '\0' || value < 0) fail_usage("not a number of 0 or more");
  return value;
}

static void read_phases(struct options *options, const char *value) {
  if (!parse_phases(value, &options->script)) fail_usage("--phases is no list of phases");
}

static void read_option(struct options *options, const char *name, const char *value) {
  if (value == NULL) fail_usage("an option has no value");
  if (strcmp(name, "--mb") == 0) options->mib = number(value);
  else if (strcmp(name, "--rate-mb-s") == 0) options->rate_mib_s = number(value);
  else if (strcmp(name, "--hold-s") == 0) options->hold_s = number(value);
  else if (strcmp(name, "--seconds") == 0) options->seconds = number(value);
  else if (strcmp(name, "--file") == 0) options->file = value;
  else if (strcmp(name, "--folder") == 0) options->script.folder = value;
  else if (strcmp(name, "--stale-mb") == 0) options->script.stale_bytes = number(value) * MIB;
  else if (strcmp(name, "--stale-reads") == 0) options->script.stale_reads = (int)number(value);
  else if (strcmp(name, "--cache-mb") == 0) options->cache_mib = number(value);
  else if (strcmp(name, "--steps") == 0) options->steps = number(value);
  else if (strcmp(name, "--backlog-ms") == 0) options->script.backlog_ms = number(value);
  else if (strcmp(name, "--phases") == 0) read_phases(options, value);
  else fail_usage("unknown option");
}

int main(int count, char **words) {
  struct options options = {.script = {.stale_reads = 1, .backlog_ms = 100}};
  if (count < 2) fail_usage("which workload?");
  for (int at = 2; at < count; at += 2) read_option(&options, words[at], words[at + 1]);
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (strcmp(words[1], "idle") == 0) return run_idle(&options);
  if (strcmp(words[1], "play") == 0) return run_play(&options);
  if (options.mib == 0) fail_usage("--mb is missing");
  if (strcmp(words[1], "burst") == 0) return run_burst(&options);
  if (strcmp(words[1], "hold") == 0) return run_hold(&options);
  if (strcmp(words[1], "twin") == 0) return run_twin(&options);
  if (strcmp(words[1], "cache") == 0) return run_cache(&options);
  if (strcmp(words[1], "build") == 0) return run_build(&options);
  fail_usage("no such workload");
}
