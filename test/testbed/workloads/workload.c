/* The one program that tests run inside guests to use memory: burst, hold, cache, idle. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE_BYTES 4096L
#define MIB (1024L * 1024L)
#define PROGRESS_BYTES (20 * MIB)
#define SLICE_US 5000L
#define WRITE_BYTES MIB

static const char USAGE[] =
    "workload burst --mb N [--rate-mb-s R] [--hold-s S]   touch N MiB at R MiB/s (0: full speed), keep it S seconds\n"
    "workload hold --mb N [--seconds S]                   touch N MiB, and again each second (S = 0: until killed)\n"
    "workload cache --file F --mb N [--seconds S]         read random 4 KiB of an N MiB file, made if missing\n"
    "workload idle [--seconds S]                          do nothing\n";

struct options {
  long mib, rate_mib_s, hold_s, seconds;
  const char *file;
};

static void fail(const char *what) {
  fprintf(stderr, "workload: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void fail_usage(const char *what) {
  fprintf(stderr, "workload: %s\n%s", what, USAGE);
  exit(2);
}

static long now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

static void sleep_us(long us) {
  struct timespec span = {us / 1000000, us % 1000000 * 1000};
  while (us > 0 && nanosleep(&span, &span) != 0 && errno == EINTR) {
  }
}

/* Small pages: a huge page would make 2 MiB of one touch, and the rate would come in jumps. */
static char *reserve(long bytes) {
  char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) fail("mmap");
  madvise(memory, bytes, MADV_NOHUGEPAGE);
  return memory;
}

/* Every page gets content of its own, so that nothing merges it with another. */
static void touch(char *memory, long from, long to, uint64_t salt) {
  for (long at = from; at < to; at += PAGE_BYTES) *(volatile uint64_t *)(memory + at) = salt + at + 1;
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

static void fill_file(int fd, long total) {
  char *block = malloc(WRITE_BYTES);
  if (block == NULL) fail("malloc");
  for (long at = 0; at < total; at += WRITE_BYTES) {
    for (long page = 0; page < WRITE_BYTES; page += PAGE_BYTES) *(uint64_t *)(block + page) = at + page + 1;
    if (pwrite(fd, block, WRITE_BYTES, at) != WRITE_BYTES) fail("write");
  }
  if (fsync(fd) != 0) fail("fsync");
  free(block);
}

/* One pass in order, with the kernel's read-ahead: a slow disk would take minutes to warm up in random order. */
static void warm_up(int fd, long total) {
  char *block = malloc(WRITE_BYTES);
  if (block == NULL) fail("malloc");
  for (long at = 0; at < total; at += WRITE_BYTES)
    if (pread(fd, block, WRITE_BYTES, at) < 0) fail("read");
  free(block);
}

static uint64_t next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
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

static int run_idle(const struct options *options) {
  long start = now_us();
  while (!is_over(start, options->seconds)) sleep_us(1000000L);
  return 0;
}

static long number(const char *text) {
  char *end;
  long value = strtol(text, &end, 10);
  if (*text == '\0' || *end != '\0' || value < 0) fail_usage("not a number of 0 or more");
  return value;
}

static void read_option(struct options *options, const char *name, const char *value) {
  if (value == NULL) fail_usage("an option has no value");
  if (strcmp(name, "--mb") == 0) options->mib = number(value);
  else if (strcmp(name, "--rate-mb-s") == 0) options->rate_mib_s = number(value);
  else if (strcmp(name, "--hold-s") == 0) options->hold_s = number(value);
  else if (strcmp(name, "--seconds") == 0) options->seconds = number(value);
  else if (strcmp(name, "--file") == 0) options->file = value;
  else fail_usage("unknown option");
}

int main(int count, char **words) {
  struct options options = {0};
  if (count < 2) fail_usage("which workload?");
  for (int at = 2; at < count; at += 2) read_option(&options, words[at], words[at + 1]);
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (strcmp(words[1], "idle") == 0) return run_idle(&options);
  if (options.mib == 0) fail_usage("--mb is missing");
  if (strcmp(words[1], "burst") == 0) return run_burst(&options);
  if (strcmp(words[1], "hold") == 0) return run_hold(&options);
  if (strcmp(words[1], "cache") == 0) return run_cache(&options);
  fail_usage("no such workload");
}
