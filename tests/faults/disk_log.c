/* Writes down what a program does to the files below one folder, and lets some of it fail.
 *
 * Loaded with LD_PRELOAD; tests/faults/disk.py reads what it writes. Environment:
 *
 *   DISK_LOG_ROOT   the folder, as realpath gives it
 *   DISK_LOG_FILE   where the log goes: records, one after another, each written whole
 *
 * Without them nothing is watched until `disk_log_arm` says which folder, and which operations in it are to fail.
 *
 * A record is a head, a name (below the folder), and content: the bytes of a write, the other name of a rename or link, a mark.
 * Not seen: mapped memory (SQLite maps only its -shm), file descriptors that were duplicated, and what stdio writes by itself.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct __attribute__((packed)) head {
    uint8_t kind;
    uint16_t name_size;
    uint32_t content_size;
    uint64_t inode;
    int64_t at;
};

enum { MAX_FD = 4096 };

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static uint64_t watched[MAX_FD]; /* the inode behind a descriptor below the folder; 0: none of ours */
static char root[PATH_MAX];
static size_t root_size;
static int log_fd = -1;

enum { CHANGE = 1, READ = 2 };

static int fault_kind, fault_errno, fault_torn;
static uint64_t fault_first, fault_count, ordinal, hits;

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("DISK_LOG_ROOT"), *file = getenv("DISK_LOG_FILE");
    if (!folder || !file) return;
    strncpy(root, folder, sizeof root - 1);
    root_size = strlen(root);
    log_fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* Whether this operation is one of those that fail. `frees`: a full disk lets it pass. Only whoever has the turn. */
static int struck(int kind, int frees) {
    if (kind != fault_kind) return 0;
    ordinal++;
    if (ordinal < fault_first || (fault_count && ordinal >= fault_first + fault_count)) return 0;
    if (frees && fault_errno == ENOSPC) return 0;
    hits++;
    errno = fault_errno;
    return 1;
}

static void put(char kind, uint64_t inode, int64_t at, const char *name, const void *content, size_t size) {
    size_t name_size = name ? strlen(name) : 0;
    struct head head = {(uint8_t)kind, (uint16_t)name_size, (uint32_t)size, inode, at};
    struct iovec parts[3] = {{&head, sizeof head}, {(void *)name, name_size}, {(void *)content, size}};
    int kept = errno;
    if (log_fd >= 0 && syscall(SYS_writev, log_fd, parts, 3) != (long)(sizeof head + name_size + size)) {
        static const char why[] = "disk_log: the log cannot be written\n";
        syscall(SYS_write, 2, why, sizeof why - 1);
        _exit(97);
    }
    errno = kept;
}

/* What stands at `path`, seen from `folder`, below the root: 1 and its name there, or 0. Links before the last part are followed. */
static int below(int folder, const char *path, char *name) {
    char whole[2 * PATH_MAX], parent[PATH_MAX], *slash;
    int kept = errno;
    if (!root_size || !path) return 0;
    if (path[0] == '/') {
        snprintf(whole, sizeof whole, "%s", path);
    } else {
        char link[64], base[PATH_MAX];
        snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
        ssize_t size = readlink(link, base, sizeof base - 1);
        if (size < 0) { errno = kept; return 0; }
        base[size] = 0;
        snprintf(whole, sizeof whole, "%s/%s", base, path);
    }
    slash = strrchr(whole, '/');
    *slash = 0;
    if (!realpath(whole[0] ? whole : "/", parent)) { errno = kept; return 0; }
    errno = kept;
    if (strncmp(parent, root, root_size) || (parent[root_size] && parent[root_size] != '/')) return 0;
    snprintf(name, PATH_MAX, "%s%s%s", parent + root_size + (parent[root_size] == '/'), parent[root_size] ? "/" : "", slash + 1);
    return 1;
}

static uint64_t inode_of(int fd) {
    struct stat about;
    return fstat(fd, &about) == 0 ? about.st_ino : 0;
}

static int ours(int fd) { return fd >= 0 && fd < MAX_FD && watched[fd] && watched[fd] == inode_of(fd); }

static int opened(int folder, const char *path, int flags, mode_t mode) {
    char name[PATH_MAX], target[PATH_MAX];
    struct stat about;
    int known = below(folder, path, name), there, fd;
    if (!known) return (int)syscall(SYS_openat, folder, path, flags, mode);
    pthread_mutex_lock(&turn);
    there = fstatat(folder, path, &about, 0) == 0;
    if (!there && flags & O_CREAT && struck(CHANGE, 0)) fd = -1;
    else fd = (int)syscall(SYS_openat, folder, path, flags, mode);
    if (fd >= 0 && fd < MAX_FD) {
        int kept = errno;
        char link[64];
        ssize_t size;
        watched[fd] = inode_of(fd);
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        size = readlink(link, target, sizeof target - 1);
        target[size > 0 ? size : 0] = 0;
        /* Through a link the file has another name. */
        if (!strncmp(target, root, root_size) && target[root_size] == '/') snprintf(name, sizeof name, "%s", target + root_size + 1);
        if ((flags & O_TMPFILE) == O_TMPFILE) put('C', watched[fd], 0, "", NULL, 0);
        else if (!there && (flags & O_CREAT)) put('C', watched[fd], 0, name, NULL, 0);
        else if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode)) {
            put('O', watched[fd], 0, name, NULL, 0);
            if (flags & O_TRUNC) put('T', watched[fd], 0, NULL, NULL, 0);
        }
        errno = kept;
    }
    pthread_mutex_unlock(&turn);
    return fd;
}

static mode_t mode_of(int flags, va_list more) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; }

#define OPEN(name, flag) \
    int name(const char *path, int flags, ...) { \
        va_list more; va_start(more, flags); mode_t mode = mode_of(flags, more); va_end(more); \
        return opened(AT_FDCWD, path, flags | flag, mode); \
    }
#define OPENAT(name, flag) \
    int name(int folder, const char *path, int flags, ...) { \
        va_list more; va_start(more, flags); mode_t mode = mode_of(flags, more); va_end(more); \
        return opened(folder, path, flags | flag, mode); \
    }
OPEN(open, 0)
OPEN(open64, O_LARGEFILE)
OPENAT(openat, 0)
OPENAT(openat64, O_LARGEFILE)

int close(int fd) {
    if (fd >= 0 && fd < MAX_FD) watched[fd] = 0;
    return (int)syscall(SYS_close, fd);
}

static ssize_t wrote(int fd, const void *bytes, size_t size, off_t at) {
    ssize_t done;
    if (!ours(fd)) return at < 0 ? syscall(SYS_write, fd, bytes, size) : syscall(SYS_pwrite64, fd, bytes, size, at);
    pthread_mutex_lock(&turn);
    int strikes = struck(CHANGE, 0), tears = strikes && fault_torn && ordinal == fault_first && size > 1;
    if (tears) size /= 2;
    if (strikes && !tears) {
        done = -1;
    } else {
        off_t place = at;
        if (at < 0) {
            struct stat about;
            int flags = fcntl(fd, F_GETFL);
            place = flags & O_APPEND && fstat(fd, &about) == 0 ? about.st_size : lseek(fd, 0, SEEK_CUR);
        }
        done = at < 0 ? syscall(SYS_write, fd, bytes, size) : syscall(SYS_pwrite64, fd, bytes, size, at);
        if (done > 0) put('W', watched[fd], place, NULL, bytes, (size_t)done);
    }
    pthread_mutex_unlock(&turn);
    return done;
}

ssize_t write(int fd, const void *bytes, size_t size) { return wrote(fd, bytes, size, -1); }
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) { return wrote(fd, bytes, size, at); }
ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) { return wrote(fd, bytes, size, at); }

static ssize_t wrote_parts(int fd, const struct iovec *parts, int count, off_t at) {
    ssize_t whole = 0;
    for (int i = 0; i < count; i++) {
        ssize_t done = wrote(fd, parts[i].iov_base, parts[i].iov_len, at < 0 ? -1 : at + whole);
        if (done < 0) return whole ? whole : -1;
        whole += done;
        if ((size_t)done < parts[i].iov_len) break;
    }
    return whole;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    return ours(fd) ? wrote_parts(fd, parts, count, -1) : syscall(SYS_writev, fd, parts, count);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) { return wrote_parts(fd, parts, count, at); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) { return wrote_parts(fd, parts, count, at); }

static ssize_t got(int fd, void *bytes, size_t size, off_t at) {
    int strikes = 0, why = 0;
    ssize_t done;
    if (fault_kind == READ && ours(fd)) {
        pthread_mutex_lock(&turn);
        strikes = struck(READ, 0);
        why = fault_errno;
        pthread_mutex_unlock(&turn);
        if (strikes && why) { errno = why; return -1; }
    }
    done = at < 0 ? syscall(SYS_read, fd, bytes, size) : syscall(SYS_pread64, fd, bytes, size, at);
    for (ssize_t i = 0; strikes && i < done; i++) ((char *)bytes)[i] ^= 0x55;
    return done;
}

ssize_t read(int fd, void *bytes, size_t size) { return got(fd, bytes, size, -1); }
ssize_t pread(int fd, void *bytes, size_t size, off_t at) { return got(fd, bytes, size, at); }
ssize_t pread64(int fd, void *bytes, size_t size, off64_t at) { return got(fd, bytes, size, at); }

/* The kernel's own copying is refused where it would pass us by; whoever asked copies by hand then. */
ssize_t sendfile(int out, int in, off_t *at, size_t size) {
    if (ours(out)) { errno = EINVAL; return -1; }
    return syscall(SYS_sendfile, out, in, at, size);
}
ssize_t sendfile64(int out, int in, off64_t *at, size_t size) { return sendfile(out, in, (off_t *)at, size); }
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t size, unsigned flags) {
    if (ours(out)) { errno = EXDEV; return -1; }
    return syscall(SYS_copy_file_range, in, from, out, to, size, flags);
}

static int cut(int fd, off_t size) {
    struct stat about;
    int done, own = ours(fd);
    pthread_mutex_lock(&turn);
    if (own && struck(CHANGE, fstat(fd, &about) == 0 && size <= about.st_size)) done = -1;
    else done = (int)syscall(SYS_ftruncate, fd, size);
    if (done == 0 && ours(fd)) put('T', watched[fd], size, NULL, NULL, 0);
    pthread_mutex_unlock(&turn);
    return done;
}
int ftruncate(int fd, off_t size) { return cut(fd, size); }
int ftruncate64(int fd, off64_t size) { return cut(fd, size); }
int truncate(const char *path, off_t size) {
    int fd = open(path, O_WRONLY), done;
    if (fd < 0) return -1;
    done = cut(fd, size);
    close(fd);
    return done;
}
int posix_fallocate(int fd, off_t at, off_t size) {
    struct stat about;
    int done;
    pthread_mutex_lock(&turn);
    done = ours(fd) && struck(CHANGE, 0) ? -1 : (int)syscall(SYS_fallocate, fd, 0, at, size);
    pthread_mutex_unlock(&turn);
    if (done == 0 && ours(fd) && fstat(fd, &about) == 0) put('T', watched[fd], about.st_size, NULL, NULL, 0);
    return done == 0 ? 0 : errno;
}
int posix_fallocate64(int fd, off64_t at, off64_t size) { return posix_fallocate(fd, at, size); }

static int synced(int fd, long call) {
    struct stat about;
    char link[64], target[PATH_MAX];
    int done, folder;
    if (!root_size || fstat(fd, &about)) return (int)syscall(call, fd);
    folder = S_ISDIR(about.st_mode);
    if (folder) {
        ssize_t size;
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        size = readlink(link, target, sizeof target - 1);
        target[size > 0 ? size : 0] = 0;
        if (strncmp(target, root, root_size) || (target[root_size] && target[root_size] != '/')) return (int)syscall(call, fd);
    } else if (!ours(fd)) {
        return (int)syscall(call, fd);
    }
    pthread_mutex_lock(&turn);
    done = struck(CHANGE, 0) ? -1 : (int)syscall(call, fd);
    if (done == 0 && folder) put('D', 0, 0, target + root_size + (target[root_size] == '/'), NULL, 0);
    else if (done == 0) put('S', watched[fd], 0, NULL, NULL, 0);
    pthread_mutex_unlock(&turn);
    return done;
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

static int removed(int folder, const char *path, int flags) {
    char name[PATH_MAX];
    int known = below(folder, path, name), done;
    pthread_mutex_lock(&turn);
    if (known && struck(CHANGE, 1)) done = -1;
    else done = (int)syscall(SYS_unlinkat, folder, path, flags);
    if (done == 0 && known) put('U', 0, 0, name, NULL, 0);
    pthread_mutex_unlock(&turn);
    return done;
}
int unlink(const char *path) { return removed(AT_FDCWD, path, 0); }
int unlinkat(int folder, const char *path, int flags) { return removed(folder, path, flags); }
int rmdir(const char *path) { return removed(AT_FDCWD, path, AT_REMOVEDIR); }

static int renamed(int from, const char *old, int to, const char *new, unsigned flags) {
    char was[PATH_MAX], is[PATH_MAX];
    int known = below(from, old, was) & below(to, new, is), done;
    pthread_mutex_lock(&turn);
    if (known && struck(CHANGE, 0)) done = -1;
    else done = (int)syscall(SYS_renameat2, from, old, to, new, flags);
    if (done == 0 && known) put('R', 0, 0, was, is, strlen(is));
    pthread_mutex_unlock(&turn);
    return done;
}
int rename(const char *old, const char *new) { return renamed(AT_FDCWD, old, AT_FDCWD, new, 0); }
int renameat(int from, const char *old, int to, const char *new) { return renamed(from, old, to, new, 0); }
int renameat2(int from, const char *old, int to, const char *new, unsigned flags) { return renamed(from, old, to, new, flags); }

static int made(int folder, const char *path, mode_t mode) {
    char name[PATH_MAX];
    int known = below(folder, path, name), done;
    pthread_mutex_lock(&turn);
    if (known && struck(CHANGE, 0)) done = -1;
    else done = (int)syscall(SYS_mkdirat, folder, path, mode);
    if (done == 0 && known) put('M', 0, 0, name, NULL, 0);
    pthread_mutex_unlock(&turn);
    return done;
}
int mkdir(const char *path, mode_t mode) { return made(AT_FDCWD, path, mode); }
int mkdirat(int folder, const char *path, mode_t mode) { return made(folder, path, mode); }

static int pointed(const char *target, int folder, const char *path) {
    char name[PATH_MAX];
    int known = below(folder, path, name), done;
    pthread_mutex_lock(&turn);
    if (known && struck(CHANGE, 0)) done = -1;
    else done = (int)syscall(SYS_symlinkat, target, folder, path);
    if (done == 0 && known) put('L', 0, 0, name, target, strlen(target));
    pthread_mutex_unlock(&turn);
    return done;
}
int symlink(const char *target, const char *path) { return pointed(target, AT_FDCWD, path); }
int symlinkat(const char *target, int folder, const char *path) { return pointed(target, folder, path); }

static int linked(int from, const char *old, int to, const char *new, int flags) {
    char was[PATH_MAX], is[PATH_MAX];
    int known = below(from, old, was) & below(to, new, is), done;
    pthread_mutex_lock(&turn);
    if (known && struck(CHANGE, 0)) done = -1;
    else done = (int)syscall(SYS_linkat, from, old, to, new, flags);
    if (done == 0 && known) put('H', 0, 0, was, is, strlen(is));
    pthread_mutex_unlock(&turn);
    return done;
}
int link(const char *old, const char *new) { return linked(AT_FDCWD, old, AT_FDCWD, new, 0); }
int linkat(int from, const char *old, int to, const char *new, int flags) { return linked(from, old, to, new, flags); }

/* From here on operations below this folder are counted, from 1: changes (whatever a disk is told: write, size, sync, make,
 * rename, remove), or reads. The `first` fails and those after it, `count` in all (0: all that follow), with errno `why`.
 * ENOSPC lets pass what frees room. `torn`: of the first, should it be a write, half is done. `why` 0: what is read is rubbish. */
void disk_log_arm(const char *folder, int kind, int why, uint64_t first, uint64_t count, int torn) {
    pthread_mutex_lock(&turn);
    memset(root, 0, sizeof root);
    strncpy(root, folder, sizeof root - 1);
    root_size = strlen(root);
    fault_kind = kind;
    fault_errno = why;
    fault_first = first;
    fault_count = count;
    fault_torn = torn;
    ordinal = hits = 0;
    pthread_mutex_unlock(&turn);
}

/* How many there were since then, and how many of them failed. */
void disk_log_counted(uint64_t *all, uint64_t *failed) {
    pthread_mutex_lock(&turn);
    *all = ordinal;
    *failed = hits;
    pthread_mutex_unlock(&turn);
}

/* What the program under test promises to somebody else from here on. */
void disk_log_mark(const char *words) {
    pthread_mutex_lock(&turn);
    put('K', 0, 0, NULL, words, strlen(words));
    pthread_mutex_unlock(&turn);
}
