/* What both programs of the testbed's guests share: time, touching memory, files that are read at random. */
#ifndef COMMON_H
#define COMMON_H

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
#define WRITE_BYTES MIB

static inline void fail(const char *what) {
  fprintf(stderr, "workload: %s: %s\n", what, strerror(errno));
  exit(1);
}

static inline long now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

static inline void sleep_us(long us) {
  struct timespec span = {us / 1000000, us % 1000000 * 1000};
  while (us > 0 && nanosleep(&span, &span) != 0 && errno == EINTR) {
  }
}

/* Small pages: a huge page would make 2 MiB of one touch, and the rate would come in jumps. */
static inline char *reserve(long bytes) {
  char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) fail("mmap");
  madvise(memory, bytes, MADV_NOHUGEPAGE);
  return memory;
}

/* Every page gets content of its own, so that nothing merges it with another. */
static inline void touch(char *memory, long from, long to, uint64_t salt) {
  for (long at = from; at < to; at += PAGE_BYTES) *(volatile uint64_t *)(memory + at) = salt + at + 1;
}

static inline void fill_file(int fd, long total) {
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
static inline void warm_up(int fd, long total) {
  char *block = malloc(WRITE_BYTES);
  if (block == NULL) fail("malloc");
  for (long at = 0; at < total; at += WRITE_BYTES)
    if (pread(fd, block, WRITE_BYTES, at) < 0) fail("read");
  free(block);
}

static inline uint64_t next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

#endif
