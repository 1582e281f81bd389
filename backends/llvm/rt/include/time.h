/* time.h - what the runtime needs of it. */
#ifndef PTOC_LIBC_TIME_H
#define PTOC_LIBC_TIME_H
struct timespec {
    long tv_sec, tv_nsec;
};
#define TIME_UTC 1
int timespec_get(struct timespec *now, int base);
#endif
