/* Loaded before the C library: watches what a process does to the files below one folder.

   It writes every write, cut, sync, rename and removal into a log, and can make the disk bad: the k-th call fails, or
   the process is killed there, writes beyond a size land at the beginning again (a stick that lies about its size), or
   every write takes long. Reading is left alone, except on the stick that lies.

   A line of the log is one byte of kind and four numbers, followed by the bytes written or the two names.
*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define MOST 1024

static char root[PATH_MAX];
static size_t root_length;
static int log_file = -1, mark_file = -1;
static char watched[MOST];
static long calls, fail_at, kill_at, microseconds;
static int fail_with, for_good;
static long long true_size;

#define REAL(name, type) ((type)real(#name))

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

typedef ssize_t (*write_call)(int, const void *, size_t);
typedef ssize_t (*pwrite_call)(int, const void *, size_t, off64_t);
typedef ssize_t (*read_call)(int, void *, size_t);
typedef ssize_t (*pread_call)(int, void *, size_t, off64_t);
typedef int (*open_call)(const char *, int, ...);
typedef int (*openat_call)(int, const char *, int, ...);
typedef int (*fd_call)(int);
typedef int (*truncate_call)(int, off64_t);
typedef int (*pair_call)(const char *, const char *);
typedef int (*pairat_call)(int, const char *, int, const char *);
typedef int (*name_call)(const char *);
typedef int (*nameat_call)(int, const char *, int);
typedef int (*make_call)(const char *, mode_t);

struct line {
    int64_t kind, number, offset, first, second;
};

static void put(char kind, long number, long long offset, const void *first, size_t one, const void *second, size_t two) {
    if (log_file < 0) return;
    struct line line = {kind, number, offset, (int64_t)one, (int64_t)two};
    write_call plain = REAL(write, write_call);
    int kept = errno;
    if (plain(log_file, &line, sizeof line) < 0) _exit(91);
    if (one && plain(log_file, first, one) < 0) _exit(91);
    if (two && plain(log_file, second, two) < 0) _exit(91);
    errno = kept;
}

/* From here on this process is watched. */
void recorder_start(const char *folder, int log_number, int mark_number) {
    root_length = strlen(folder);
    memcpy(root, folder, root_length + 1);
    log_file = log_number;
    mark_file = mark_number;
    memset(watched, 0, sizeof watched);
    calls = 0;
}

void recorder_fail(long at, int with, int forever) { fail_at = at, fail_with = with, for_good = forever; }
void recorder_kill(long at) { kill_at = at; }
void recorder_wrap(long long size) { true_size = size; }
void recorder_slow(long each) { microseconds = each; }
long recorder_calls(void) { return calls; }

static int inside(const char *path) {
    return root_length && strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || !path[root_length]);
}

static const char *whole(int folder, const char *path, char *room) {
    if (path[0] == '/') return path;
    char link[64];
    ssize_t length;
    if (folder == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
    else snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    length = readlink(link, room, PATH_MAX - 1);
    if (length < 0) return path;
    snprintf(room + length, PATH_MAX - (size_t)length, "/%s", path);
    return room;
}

static int is_watched(int number) { return number >= 0 && number < MOST && watched[number]; }

/* Whether the disk refuses this call. */
static int refused(void) {
    calls++;
    if (microseconds) usleep((useconds_t)microseconds);
    if (kill_at && calls == kill_at) raise(SIGKILL);
    if (fail_at && (calls == fail_at || (for_good && calls > fail_at))) {
        errno = fail_with;
        return 1;
    }
    return 0;
}

static int opened(int number, const char *path, int flags) {
    if (number < 0 || number >= MOST) return number;
    watched[number] = (char)inside(path);
    if (watched[number]) put('o', number, flags, path, strlen(path), NULL, 0);
    return number;
}

static int writes(int flags) { return (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT); }

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    char room[PATH_MAX];
    path = root_length ? whole(AT_FDCWD, path, room) : path;
    if (inside(path) && writes(flags) && refused()) return -1;
    return opened(REAL(open64, open_call)(path, flags, mode), path, flags);
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open64(path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    char room[PATH_MAX];
    const char *all = root_length ? whole(folder, path, room) : path;
    if (inside(all) && writes(flags) && refused()) return -1;
    return opened(REAL(openat64, openat_call)(folder, path, flags, mode), all, flags);
}

int openat(int folder, const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return openat64(folder, path, flags, mode);
}

int close(int number) {
    if (is_watched(number)) {
        put('c', number, 0, NULL, 0, NULL, 0);
        watched[number] = 0;
    }
    return REAL(close, fd_call)(number);
}

static off64_t folded(off64_t offset, size_t *length) {
    if (!true_size) return offset;
    offset %= true_size;
    if ((long long)*length > true_size - offset) *length = (size_t)(true_size - offset);
    return offset;
}

ssize_t pwrite64(int number, const void *bytes, size_t length, off64_t offset) {
    if (!is_watched(number)) return REAL(pwrite64, pwrite_call)(number, bytes, length, offset);
    if (refused()) return -1;
    off64_t place = folded(offset, &length);
    ssize_t done = REAL(pwrite64, pwrite_call)(number, bytes, length, place);
    struct stat64 facts;
    if (done > 0 && true_size && !fstat64(number, &facts) && facts.st_size < offset + done) {
        if (REAL(ftruncate64, truncate_call)(number, offset + done)) return -1;
    }
    if (done > 0) put('w', number, place, bytes, (size_t)done, NULL, 0);
    return done;
}

ssize_t pwrite(int number, const void *bytes, size_t length, off_t offset) {
    return pwrite64(number, bytes, length, offset);
}

ssize_t write(int number, const void *bytes, size_t length) {
    if (number == mark_file && mark_file >= 0) put('a', 0, 0, bytes, length, NULL, 0);
    if (!is_watched(number)) return REAL(write, write_call)(number, bytes, length);
    off64_t offset = lseek64(number, 0, SEEK_CUR);
    if (true_size) {
        ssize_t done = pwrite64(number, bytes, length, offset);
        if (done > 0) lseek64(number, offset + done, SEEK_SET);
        return done;
    }
    if (refused()) return -1;
    ssize_t done = REAL(write, write_call)(number, bytes, length);
    if (done > 0) put('w', number, offset, bytes, (size_t)done, NULL, 0);
    return done;
}

ssize_t pread64(int number, void *bytes, size_t length, off64_t offset) {
    if (is_watched(number) && true_size) offset = folded(offset, &length);
    return REAL(pread64, pread_call)(number, bytes, length, offset);
}

ssize_t pread(int number, void *bytes, size_t length, off_t offset) { return pread64(number, bytes, length, offset); }

ssize_t read(int number, void *bytes, size_t length) {
    if (!is_watched(number) || !true_size) return REAL(read, read_call)(number, bytes, length);
    off64_t offset = lseek64(number, 0, SEEK_CUR);
    struct stat64 facts;
    if (!fstat64(number, &facts) && offset >= facts.st_size) return 0;
    ssize_t done = pread64(number, bytes, length, offset);
    if (done > 0) lseek64(number, offset + done, SEEK_SET);
    return done;
}

int ftruncate64(int number, off64_t length) {
    if (!is_watched(number)) return REAL(ftruncate64, truncate_call)(number, length);
    if (refused()) return -1;
    int done = REAL(ftruncate64, truncate_call)(number, length);
    if (!done) put('t', number, length, NULL, 0, NULL, 0);
    return done;
}

int ftruncate(int number, off_t length) { return ftruncate64(number, length); }

int fsync(int number) {
    if (!is_watched(number)) return REAL(fsync, fd_call)(number);
    if (refused()) return -1;
    int done = REAL(fsync, fd_call)(number);
    if (!done) put('s', number, 0, NULL, 0, NULL, 0);
    return done;
}

int fdatasync(int number) {
    if (!is_watched(number)) return REAL(fdatasync, fd_call)(number);
    if (refused()) return -1;
    int done = REAL(fdatasync, fd_call)(number);
    if (!done) put('s', number, 0, NULL, 0, NULL, 0);
    return done;
}

static int moved(int done, const char *from, const char *to) {
    if (!done) put('r', 0, 0, from, strlen(from), to, strlen(to));
    return done;
}

int rename(const char *from, const char *to) {
    if (!inside(from) && !inside(to)) return REAL(rename, pair_call)(from, to);
    if (refused()) return -1;
    return moved(REAL(rename, pair_call)(from, to), from, to);
}

int renameat(int one, const char *from, int two, const char *to) {
    char first[PATH_MAX], second[PATH_MAX];
    const char *a = whole(one, from, first), *b = whole(two, to, second);
    if (!inside(a) && !inside(b)) return REAL(renameat, pairat_call)(one, from, two, to);
    if (refused()) return -1;
    return moved(REAL(renameat, pairat_call)(one, from, two, to), a, b);
}

int unlink(const char *path) {
    char room[PATH_MAX];
    const char *all = root_length ? whole(AT_FDCWD, path, room) : path;
    int done = REAL(unlink, name_call)(path);
    if (!done && inside(all)) put('u', 0, 0, all, strlen(all), NULL, 0);
    return done;
}

int rmdir(const char *path) {
    int done = REAL(rmdir, name_call)(path);
    if (!done && inside(path)) put('u', 0, 0, path, strlen(path), NULL, 0);
    return done;
}

int unlinkat(int folder, const char *path, int flags) {
    char room[PATH_MAX];
    const char *all = root_length ? whole(folder, path, room) : path;
    int done = REAL(unlinkat, nameat_call)(folder, path, flags);
    if (!done && inside(all)) put('u', 0, 0, all, strlen(all), NULL, 0);
    return done;
}

int mkdir(const char *path, mode_t mode) {
    if (!inside(path)) return REAL(mkdir, make_call)(path, mode);
    if (refused()) return -1;
    int done = REAL(mkdir, make_call)(path, mode);
    if (!done) put('m', 0, 0, path, strlen(path), NULL, 0);
    return done;
}

/* Memory that may not be swapped out is no part of what lies on a disk, and asking for it is half of the time of a trial. */
int mlock(const void *at, size_t size) {
    (void)at, (void)size;
    return 0;
}

int munlock(const void *at, size_t size) {
    (void)at, (void)size;
    return 0;
}
