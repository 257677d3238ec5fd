/* penstock demo: a sandbox of our own, and an environment that points at nothing else.
 *
 * The sandbox is told to end when its standard input does, so that it dies with us however we die.
 * Everything (AWS config, cache, preferences) lies in one private directory that is removed. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/proc.h"
#include "core/base/time.h"
#include "core/cli/cli.h"

enum { START_MS = 15 * 1000, LOOK_MS = 20, PATH_SIZE = 4096 };

extern char **environ;

struct cli_demo {
    char dir[PATH_SIZE / 2];
    struct proc proc;
    bool is_running;
};

static const char *const demo_contexts[] = {
    "cicd@eu-west-1", "dev@eu-west-1",  "test@eu-west-1",
    "prod@eu-west-1", "cicd@us-east-1", "prod@us-east-1",
};
_Static_assert(ARRAY_LEN(demo_contexts) <= CLI_CONTEXT_MAX, "room for the demo's contexts");

static int remove_one(const char *path, const struct stat *info UNUSED, int kind UNUSED,
                      struct FTW *where UNUSED)
{
    remove(path); /* what cannot be removed is left; the directory is private */
    return 0;
}

static enum err_code make_dir(struct cli_demo *demo, struct err *err)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");

    snprintf(demo->dir, sizeof demo->dir, "%s/penstock-demo-XXXXXX",
             runtime != NULL && runtime[0] == '/' && access(runtime, W_OK) == 0 ? runtime : "/tmp");
    if (mkdtemp(demo->dir) == NULL) {
        err_set(err, ERR_FAILED, "cannot make the directory %s: %s", demo->dir, strerror(errno));
        demo->dir[0] = '\0';
        return ERR_FAILED;
    }
    return ERR_OK;
}

/* The sandbox beside this program, as in a build tree or after an install; else PATH's. */
static void find_program(char *out, size_t size)
{
    static const char name[] = "penstock-sandbox";
    char self[PATH_SIZE];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash;

    snprintf(out, size, "%s", name);
    if (len <= 0)
        return;
    self[len] = '\0';
    slash = strrchr(self, '/');
    if (slash == NULL || (size_t)(slash - self) + sizeof name + 2 > size)
        return;
    *slash = '\0';
    snprintf(out, size, "%.*s/%s", (int)(size - sizeof name - 2), self, name);
    if (access(out, X_OK) != 0)
        snprintf(out, size, "%s", name);
}

static enum err_code start(struct cli_demo *demo, struct err *err)
{
    char program[PATH_SIZE];
    char port_file[PATH_SIZE];
    char config_dir[PATH_SIZE];
    char *argv[] = {program,
                    (char[]){"--port"},
                    (char[]){"0"},
                    (char[]){"--port-file"},
                    port_file,
                    (char[]){"--config-dir"},
                    config_dir,
                    (char[]){"--seed"},
                    (char[]){"demo"},
                    (char[]){"--speed"},
                    (char[]){"3"},
                    (char[]){"--until-eof"},
                    NULL};
    enum err_code rc;

    find_program(program, sizeof program);
    snprintf(port_file, sizeof port_file, "%s/port", demo->dir);
    snprintf(config_dir, sizeof config_dir, "%s/aws", demo->dir);
    rc = proc_start(argv, PROC_WANT_INPUT, &demo->proc, err);
    demo->is_running = rc == ERR_OK;
    return rc;
}

static bool read_port(const struct cli_demo *demo, uint16_t *port)
{
    CLEANUP(sb_release) struct sb text;
    char path[PATH_SIZE];
    int64_t n = 0;

    sb_init(&text, 64);
    snprintf(path, sizeof path, "%s/port", demo->dir);
    if (file_read(path, 64, &text, NULL) || !sv_to_int(sv_trim(sb_sv(&text)), &n) || n < 1 ||
        n > 65535)
        return false;
    *port = (uint16_t)n;
    return true;
}

static bool answers(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_there;

    if (fd < 0)
        return false;
    is_there = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return is_there;
}

static enum err_code wait_until_ready(struct cli_demo *demo, struct err *err)
{
    int64_t deadline = time_mono_ms() + START_MS;
    char config[PATH_SIZE];
    uint16_t port = 0;
    int status = 0;

    snprintf(config, sizeof config, "%s/aws/credentials", demo->dir);
    for (;;) {
        if (read_port(demo, &port) && access(config, R_OK) == 0 && answers(port))
            return ERR_OK;
        if (proc_has_ended(&demo->proc, &status)) {
            demo->is_running = false;
            return err_set(err, ERR_FAILED, "penstock-sandbox ended at once (status %d)",
                           WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
        }
        if (time_mono_ms() >= deadline)
            return err_set(err, ERR_FAILED, "penstock-sandbox did not answer within %d s",
                           START_MS / 1000);
        usleep(LOOK_MS * 1000);
    }
}

static enum err_code point_there(const struct cli_demo *demo, struct err *err)
{
    static const struct {
        const char *name;
        const char *below; /* the demo's directory */
    } paths[] = {
        {"AWS_CONFIG_FILE", "aws/config"},
        {"AWS_SHARED_CREDENTIALS_FILE", "aws/credentials"},
        {"XDG_STATE_HOME", "state"},
        {"XDG_CONFIG_HOME", "config"},
    };
    char path[PATH_SIZE];

    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        snprintf(path, sizeof path, "%s/%s", demo->dir, paths[i].below);
        if (setenv(paths[i].name, path, 1) != 0)
            return mem_err(err);
    }
    if (setenv("AWS_EC2_METADATA_DISABLED", "true", 1) != 0 ||
        setenv("NO_PROXY", "127.0.0.1,localhost", 1) != 0 ||
        setenv("no_proxy", "127.0.0.1,localhost", 1) != 0)
        return mem_err(err);
    return ERR_OK;
}

/* Our own sandbox need not be spared: without a pace the first screen is full at once. */
static enum err_code write_config(const struct cli_demo *demo, struct err *err)
{
    static const char text[] = "[default]\ncalls_per_second = 0\n";
    char dir[PATH_SIZE];
    bool is_written;
    int dir_fd;
    int fd;
    enum err_code rc;

    snprintf(dir, sizeof dir, "%s/config/penstock", demo->dir);
    rc = file_private_dir(dir, &dir_fd, err);
    if (rc)
        return rc;
    rc = file_private_open(dir_fd, "config", O_WRONLY | O_CREAT, &fd, err);
    close(dir_fd);
    if (rc)
        return rc;
    is_written = write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1;
    close(fd);
    return is_written ? ERR_OK : err_set(err, ERR_FAILED, "cannot write %s/config", dir);
}

/* None of the user's AWS_* variables may lead elsewhere, and the sandbox needs none of his keys. */
static void forget_aws(void)
{
    size_t i = 0;

    while (environ != NULL && environ[i] != NULL) {
        struct sv rest;
        struct sv name = sv_cut(sv_of(environ[i]), '=', &rest);
        char copy[256];

        if (!sv_starts(name, SV("AWS_")) || name.len >= sizeof copy) {
            i++;
            continue;
        }
        snprintf(copy, sizeof copy, SV_FMT, SV_ARG(name));
        unsetenv(copy); /* moves the next one here */
    }
}

enum err_code cli_demo_start(struct cli *cli, struct cli_demo **out, struct err *err)
{
    struct cli_demo *demo = mem_alloc(sizeof *demo);
    enum err_code rc;

    if (demo == NULL)
        return mem_err(err);
    forget_aws();
    rc = make_dir(demo, err);
    if (rc == ERR_OK)
        rc = start(demo, err);
    if (rc == ERR_OK)
        rc = wait_until_ready(demo, err);
    if (rc == ERR_OK)
        rc = point_there(demo, err);
    if (rc == ERR_OK)
        rc = write_config(demo, err);
    if (rc) {
        cli_demo_stop(demo);
        return rc;
    }
    for (size_t i = 0; i < ARRAY_LEN(demo_contexts); i++)
        cli->context_items[i] = sv_of(demo_contexts[i]);
    cli->contexts.contexts = cli->context_items;
    cli->contexts.context_count = ARRAY_LEN(demo_contexts);
    *out = demo;
    return ERR_OK;
}

void cli_demo_stop(struct cli_demo *demo)
{
    if (demo == NULL)
        return;
    if (demo->is_running)
        proc_kill(&demo->proc);
    if (demo->dir[0] != '\0')
        nftw(demo->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    mem_free(demo);
}
