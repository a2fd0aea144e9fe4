/* Plays a script of phases: memory touched and kept, a file read at random. A supervisor counts, and starts what was killed again. */
#include "common.h"
#include "play.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#define GO_FILE "/run/go"
#define SLICE_US 5000L
#define CHUNK_BYTES MIB
/* Touches that jitter of the emulated processor delays are caught up with, those that a stall delays are not. */
#define MAX_BACKLOG_US 100000L
#define WATCH_US 20000L
#define LOG_US 250000L
/* A service manager waits this long, in the simulator as well. */
#define RESTART_US 30000000L

/* Counted by the program, read by the supervisor. */
struct counts {
  volatile long start_us, anon_bytes, reads, dropped;
  volatile int settled;
};

static const struct script *script;
static struct counts *counts;
static int hot_fd = -1;

static const struct phase *phase_at(long at_ms) {
  const struct phase *found = script->phases;
  for (int i = 1; i < script->count; i++)
    if (script->phases[i].from_ms <= at_ms) found = &script->phases[i];
  return found;
}

static const struct phase *phase_now(void) {
  return phase_at(counts->start_us == 0 ? 0 : (now_us() - counts->start_us) / 1000);
}

static long min_long(long a, long b) { return a < b ? a : b; }

static long most(long (*of)(const struct phase *)) {
  long largest = 0;
  for (int i = 0; i < script->count; i++)
    if (of(&script->phases[i]) > largest) largest = of(&script->phases[i]);
  return largest;
}

static long anon_of(const struct phase *phase) { return phase->anon_bytes; }
static long hot_of(const struct phase *phase) { return phase->hot_bytes; }

static void set_oom_score(const char *score) {
  int fd = open("/proc/self/oom_score_adj", O_WRONLY);
  if (fd < 0 || write(fd, score, strlen(score)) < 0) fail("oom_score_adj");
  close(fd);
}

/* Touches up to `goal` in steps, so that the supervisor sees how far it came. */
static long grow(char *memory, long from, long goal, uint64_t salt) {
  while (from < goal) {
    long to = min_long(from + CHUNK_BYTES, goal);
    touch(memory, from, to, salt);
    from = to;
    counts->anon_bytes = from;
  }
  return from;
}

static void *run_memory(void *unused) {
  long total = most(anon_of), held = 0, last = now_us();
  double credit = 0;
  uint64_t salt = (uint64_t)getpid() << 40;
  char *memory = total > 0 ? reserve(total) : NULL;
  for (;; sleep_us(SLICE_US)) {
    const struct phase *phase = phase_now();
    long now = now_us(), elapsed = min_long(now - last, MAX_BACKLOG_US), wanted = phase->anon_bytes;
    last = now;
    if (held > wanted) {
      madvise(memory + wanted, held - wanted, MADV_DONTNEED);
      held = counts->anon_bytes = wanted;
      credit = 0;
    } else if (held < wanted) {
      /* What is less than a page is kept for the next slice: slow growth would be slower yet. */
      credit += (double)phase->touch_bytes_s * elapsed / 1e6;
      long step = (long)credit / PAGE_BYTES * PAGE_BYTES;
      credit -= step;
      held = grow(memory, held, counts->settled ? min_long(wanted, held + step) : wanted, salt);
    }
    if (held == wanted) counts->settled = 1;
  }
  return unused;
}

static void *run_reads(void *unused) {
  uint64_t random = 88172645463325252ULL;
  char page[PAGE_BYTES];
  double credit = 0;
  for (long last = now_us();;) {
    const struct phase *phase = phase_now();
    long now = now_us(), pages = phase->hot_bytes / PAGE_BYTES;
    double rate = (double)phase->reads_s, most_credit = rate * script->backlog_ms / 1e3 + 1;
    credit += rate * (now - last) / 1e6;
    /* A read that waited longer than its deadline is not done any more. */
    if (credit > most_credit) {
      long late = (long)(credit - most_credit);
      counts->dropped += late;
      credit -= late;
    }
    last = now;
    if (credit < 1 || pages == 0) {
      sleep_us(SLICE_US);
      continue;
    }
    if (pread(hot_fd, page, PAGE_BYTES, (long)(next_random(&random) % pages) * PAGE_BYTES) < 0) fail("read");
    credit -= 1;
    counts->reads++;
  }
  return unused;
}

static void run_program(void) {
  pthread_t memory;
  set_oom_score("0");
  counts->anon_bytes = 0;
  if (pthread_create(&memory, NULL, run_memory, NULL) != 0) fail("pthread_create");
  run_reads(NULL);
}

static pid_t start_program(void) {
  pid_t pid = fork();
  if (pid < 0) fail("fork");
  if (pid == 0) run_program();
  return pid;
}

static long number_after(const char *text, const char *name) {
  const char *at = strstr(text, name);
  return at == NULL ? -1 : strtol(at + strlen(name), NULL, 10);
}

static void read_text(const char *path, char *text, size_t size) {
  int fd = open(path, O_RDONLY);
  ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);
  text[length < 0 ? 0 : length] = '\0';
  if (fd >= 0) close(fd);
}

static void log_line(int running, int kills) {
  static char meminfo[4096], vmstat[16384];
  read_text("/proc/meminfo", meminfo, sizeof meminfo);
  read_text("/proc/vmstat", vmstat, sizeof vmstat);
  printf("at=%ld running=%d kills=%d anon=%ld reads=%ld dropped=%ld total=%ld available=%ld refaults=%ld\n",
         (now_us() - counts->start_us) / 1000, running, kills, counts->anon_bytes / 1024, counts->reads, counts->dropped,
         number_after(meminfo, "MemTotal:"), number_after(meminfo, "MemAvailable:"),
         number_after(vmstat, "workingset_refault_file "));
}

/* Watches over the program until the script's end: counts, and starts it again when it was killed. */
static void supervise(pid_t program) {
  long logged = 0, killed = 0;
  int kills = 0;
  for (long now = now_us(); now - counts->start_us < script->seconds * 1000000L; now = now_us()) {
    if (program > 0 && waitpid(program, NULL, WNOHANG) == program) {
      program = 0;
      killed = now;
      kills++;
      printf("killed at=%ld anon=%ld\n", (now - counts->start_us) / 1000, counts->anon_bytes / 1024);
      counts->anon_bytes = 0;
    }
    if (program == 0 && now - killed >= RESTART_US) program = start_program();
    if (now - logged >= LOG_US) {
      log_line(program > 0, kills);
      logged = now;
    }
    sleep_us(WATCH_US);
  }
  log_line(program > 0, kills);
  if (program > 0) kill(program, SIGKILL);
}

/* A file of which nothing is cached. */
static int make_file(const char *name, long bytes) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", script->folder, name);
  int fd = open(path, O_RDWR | O_CREAT, 0644);
  if (fd < 0) fail(path);
  if (lseek(fd, 0, SEEK_END) < bytes) fill_file(fd, bytes);
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  return fd;
}

/* What the script begins with is cached already: pages read twice are active for the kernel. */
static void fill_cache(void) {
  if (script->stale_bytes > 0) {
    int fd = make_file("stale", script->stale_bytes);
    for (int i = 0; i < script->stale_reads; i++) warm_up(fd, script->stale_bytes);
    close(fd);
  }
  long hot = most(hot_of);
  if (hot == 0) return;
  hot_fd = make_file("hot", hot);
  for (int i = 0; i < 2; i++) warm_up(hot_fd, script->phases[0].hot_bytes);
  /* Random reads must not be guessed ahead: each miss is one read of the disk. */
  posix_fadvise(hot_fd, 0, 0, POSIX_FADV_RANDOM);
}

int play(const struct script *given) {
  script = given;
  counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (counts == MAP_FAILED) fail("mmap");
  fill_cache();
  pid_t program = start_program();
  set_oom_score("-1000");
  if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) fail("mlockall");
  while (!counts->settled) sleep_us(WATCH_US);
  puts("ready");
  while (access(GO_FILE, F_OK) != 0) sleep_us(SLICE_US);
  counts->reads = counts->dropped = 0;
  counts->start_us = now_us();
  supervise(program);
  puts("done");
  return 0;
}

int parse_phases(const char *text, struct script *out) {
  const char *at = text;
  for (out->count = 0; out->count < MAX_PHASES; out->count++) {
    long from, anon, touch, hot, reads;
    int length = 0;
    if (sscanf(at, "%ld:%ld:%ld:%ld:%ld%n", &from, &anon, &touch, &hot, &reads, &length) != 5) return 0;
    out->phases[out->count] = (struct phase){from, anon * 1024, touch * 1024, hot * 1024, reads};
    at += length;
    if (*at == '\0') return ++out->count;
    if (*at++ != ',') return 0;
  }
  return 0;
}
