/* penstock clone and penstock git-credential: git with a signed password that is good for minutes.
 *
 * git is started by its argv, never through a shell, and is told to ask this very program; the
 * password goes from us to git through a pipe and is nowhere else. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/aws/codecommit.h"
#include "core/aws/git_sign.h"
#include "core/base/time.h"
#include "core/cli/act_verb.h"
#include "core/cli/out.h"
#include "core/deploy/repository.h"

enum { LINE_MAX_SIZE = 4096, HELPER_MAX = 3000 };

/* ---- credentials ---- */

struct asking {
    bool is_done;
    struct cred cred;
    enum err_code rc;
    struct err err;
};

static void on_cred(void *owner, const struct cred *cred, const struct err *err)
{
    struct asking *a = owner;

    a->is_done = true;
    if (cred == NULL) {
        a->rc = err->code;
        a->err = *err;
        return;
    }
    a->rc = cred_copy(&a->cred, cred, &a->err);
}

/* The context's credentials, as calls would be signed with. */
static enum err_code read_cred(struct bench *b, struct asking *a, struct err *err)
{
    const struct cred *cred = NULL;
    struct cred_chain *chain;
    enum err_code rc =
        cred_chain_new(b->session.aws, &b->session.contexts.items[0].settings, &chain, err);

    if (rc)
        return rc;
    rc = cred_get(chain, on_cred, a, &cred, err);
    if (rc == ERR_OK)
        rc = cred_copy(&a->cred, cred, err);
    while (rc == ERR_PENDING) {
        rc = net_wait(b->session.net, NULL, 0, -1, err);
        if (!rc && !a->is_done)
            rc = ERR_PENDING;
        else if (!rc && a->rc && err != NULL)
            *err = a->err;
        if (a->is_done && !rc)
            rc = a->rc;
    }
    cred_chain_free(chain);
    return rc;
}

/* ---- git-credential ---- */

/* What git says of the place it wants to sign in to. */
struct place {
    char protocol[16];
    char host[300];
    char path[500];
};

static void keep(char *to, size_t size, struct sv value)
{
    (void)snprintf(to, size, SV_FMT, SV_ARG(sv_take(value, size - 1)));
}

static enum err_code read_place(struct place *out, struct err *err)
{
    char line[LINE_MAX_SIZE];

    while (fgets(line, sizeof line, stdin) != NULL && line[0] != '\n') {
        struct sv value;
        struct sv name = sv_cut(sv_trim(sv_of(line)), '=', &value);

        if (sv_eq(name, SV("protocol")))
            keep(out->protocol, sizeof out->protocol, value);
        if (sv_eq(name, SV("host")))
            keep(out->host, sizeof out->host, value);
        if (sv_eq(name, SV("path")))
            keep(out->path, sizeof out->path, value);
    }
    if (out->host[0] == '\0')
        return err_set(err, ERR_USAGE, "git named no host: this verb is for git to call");
    if (!sv_starts(sv_of(out->path), SV("v1/repos/")))
        return err_set(err, ERR_USAGE,
                       "this is no CodeCommit repository, or git did not tell its path: set "
                       "credential.useHttpPath to true");
    return ERR_OK;
}

/* The endpoint that the user configured is this very place. */
static bool is_own_endpoint(const char *endpoint, const struct place *place)
{
    struct sv rest;
    struct sv scheme = sv_cut(sv_of(endpoint), ':', &rest);

    if (!sv_eq(scheme, sv_of(place->protocol)) || !sv_starts(rest, SV("//")))
        return false;
    return sv_eq(sv_cut(sv_drop(rest, 2), '/', &rest), sv_of(place->host));
}

/* A name that is no CodeCommit host gets no password, unless the user's own endpoint has it. */
static enum err_code region_of(const struct bench *b, const struct place *place, struct sv *region,
                               struct err *err)
{
    const struct context *context = &b->session.contexts.items[0];
    const char *endpoint = aws_settings_endpoint_url(&context->settings, "codecommit");

    *region = git_host_region(sv_of(place->host));
    if (region->len > 0)
        return sv_eq(sv_of(place->protocol), SV("https"))
                   ? ERR_OK
                   : err_set(err, ERR_USAGE, "no password is sent to %s without TLS", place->host);
    *region = context->region;
    if (is_own_endpoint(endpoint, place))
        return ERR_OK;
    return err_set(err, ERR_USAGE, "%s is no CodeCommit host: no password is given to it",
                   place->host);
}

static enum err_code print_login(const struct git_login *login, struct err *err)
{
    /* Straight out: no buffer of ours keeps it. */
    (void)setvbuf(stdout, NULL, _IONBF, 0);
    return printf("username=%s\npassword=%s\n", sb_cstr(&login->user), sb_cstr(&login->password)) <
                   0
               ? err_set(err, ERR_FAILED, "git does not listen")
               : ERR_OK;
}

static enum err_code answer(struct cli *cli, struct err *err)
{
    struct place place = {0};
    struct asking asking = {0};
    struct git_login login = {0};
    struct bench b = {0};
    struct sv region;
    enum err_code rc = read_place(&place, err);

    if (!rc)
        rc = bench_open(&b, cli, err);
    if (rc)
        return rc;
    cred_init(&asking.cred);
    rc = region_of(&b, &place, &region, err);
    if (!rc)
        rc = read_cred(&b, &asking, err);
    if (!rc)
        rc = git_sign(&asking.cred, region, sv_of(place.host), sv_of(place.path), time_wall_ms(),
                      &login, err);
    if (!rc)
        rc = print_login(&login, err);
    git_login_release(&login);
    cred_release(&asking.cred);
    bench_close(&b);
    return rc;
}

int run_git_credential(struct cli *cli)
{
    struct err err = {0};

    /* Nothing is stored, so there is nothing to store or to erase. */
    if (strcmp(cli->args[0], "get") != 0)
        return 0;
    return answer(cli, &err) ? cli_fail(&err) : 0;
}

/* ---- exports ---- */

static void print_export(const char *name, const char *value)
{
    /* Credentials are letters, digits and +/=; anything else is quoted away all the same. */
    (void)printf("export %s='", name);
    for (const char *c = value; *c != '\0'; c++)
        (void)(*c == '\'' ? printf("'\\''") : putchar(*c));
    (void)printf("'\n");
}

static int print_exports(struct cli *cli)
{
    struct asking asking = {0};
    struct bench b;
    struct err err = {0};
    char until[TIME_RFC3339_SIZE];
    int status = 0;

    if (bench_open(&b, cli, &err))
        return cli_fail(&err);
    cred_init(&asking.cred);
    if (read_cred(&b, &asking, &err)) {
        status = cli_fail(&err);
    } else {
        (void)setvbuf(stdout, NULL, _IONBF, 0);
        print_export("AWS_ACCESS_KEY_ID", asking.cred.access_key);
        print_export("AWS_SECRET_ACCESS_KEY", asking.cred.secret_key);
        if (asking.cred.token != NULL)
            print_export("AWS_SESSION_TOKEN", asking.cred.token);
        print_export("AWS_DEFAULT_REGION", b.deploy.region);
        cli_note("these credentials (%s) %s%s", asking.cred.provider,
                 asking.cred.expires_at_ms == 0 ? "do not expire: keep them out of files"
                                                : "expire at ",
                 asking.cred.expires_at_ms == 0
                     ? ""
                     : time_rfc3339(asking.cred.expires_at_ms / 1000 * 1000, until));
    }
    cred_release(&asking.cred);
    bench_close(&b);
    return status;
}

/* ---- clone ---- */

struct finding_url {
    struct bench *bench;
    struct sv name;
    char url[512];
};

/* The pipeline's repository, or one of that very name. */
static enum err_code find_url(struct task *task, void *owner, struct err *err)
{
    struct finding_url *f = owner;
    struct deploy *d = &f->bench->deploy;
    CLEANUP(arena_release) struct arena arena;
    struct pipeline_repository r = {.deploy = d, .session = d->home, .name = f->name};
    struct made_pipeline made;
    struct err why = {0};
    enum err_code rc = deploy_who(task, d, err);

    arena_init(&arena, 32 << 20);
    if (rc)
        return rc;
    r.account = sv_of(d->account);
    rc = pipeline_fetch(task, d, f->name, &arena, &made, &why);
    if (rc == ERR_OK && made.definition.source != SOURCE_CODECOMMIT)
        return err_set(err, ERR_USAGE,
                       "pipeline " SV_FMT " reads " SV_FMT " through a connection: clone it from "
                       "where it lives",
                       SV_ARG(f->name), SV_ARG(made.definition.repository));
    if (rc == ERR_OK)
        r.name = made.definition.repository;
    else if (rc != ERR_NOT_FOUND) {
        *err = why;
        return rc;
    }
    rc = repository_look(task, &r, f->name, err);
    if (!rc && !r.exists)
        return err_set(err, ERR_NOT_FOUND,
                       "there is neither a pipeline nor a CodeCommit repository " SV_FMT
                       " in account %s, %s",
                       SV_ARG(f->name), d->account, d->region);
    (void)snprintf(f->url, sizeof f->url, "%s", r.clone_url);
    return rc;
}

/* As a word of git's configuration: git hands it to a shell, so it is quoted for one. */
static bool quote(struct sb *out, const char *word)
{
    bool is_good = sb_addc(out, '\'', NULL) == ERR_OK;

    for (const char *c = word; *c != '\0' && is_good; c++)
        is_good = *c == '\'' ? sb_add(out, SV("'\\''"), NULL) == ERR_OK
                             : sb_addc(out, *c, NULL) == ERR_OK;
    return is_good && sb_addc(out, '\'', NULL) == ERR_OK;
}

static bool add_word(struct sb *out, const char *word)
{
    return sb_addc(out, ' ', NULL) == ERR_OK && quote(out, word);
}

/* "!'/usr/bin/penstock' '--profile' 'cicd' 'git-credential'": later git commands have to find the
 * same account, also from another shell. Keys of the environment have no profile. */
static enum err_code helper_of(const struct bench *b, struct sb *out, struct err *err)
{
    const struct context *context = &b->session.contexts.items[0];
    char self[1024];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    char value[600];
    bool is_good;

    if (len <= 0)
        return err_set(err, ERR_FAILED, "this program's own path cannot be read");
    self[len] = '\0';
    is_good = sb_add(out, SV("credential.helper=!"), NULL) == ERR_OK && quote(out, self);
    if (is_good && aws_profile_exists(&b->session.contexts.files, context->settings.profile))
        is_good = add_word(out, "--profile") && add_word(out, context->settings.profile);
    if (is_good && context->region.len > 0) {
        keep(value, sizeof value, context->region);
        is_good = add_word(out, "--region") && add_word(out, value);
    }
    if (is_good && b->deploy.options->endpoint_url.len > 0) {
        keep(value, sizeof value, b->deploy.options->endpoint_url);
        is_good = add_word(out, "--endpoint-url") && add_word(out, value);
    }
    is_good = is_good && add_word(out, "git-credential");
    return is_good ? ERR_OK : err_set(err, ERR_LIMIT, "the options are too long for git");
}

/* With a custom endpoint git goes there too: a rehearsal must not talk to AWS. */
static void aim(const struct bench *b, char url[512])
{
    const struct context *context = &b->session.contexts.items[0];
    const char *endpoint = aws_settings_endpoint_url(&context->settings, "codecommit");
    const char *path = strstr(url, "/v1/repos/");
    char aimed[512];

    if (endpoint[0] == '\0' || path == NULL)
        return;
    (void)snprintf(aimed, sizeof aimed, "%.200s%.300s", endpoint, path);
    memcpy(url, aimed, sizeof aimed);
}

static int run_git(char *const argv[], struct err *err)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        (void)signal(SIGPIPE, SIG_DFL);
        (void)execvp(argv[0], argv);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status)) {
        err_set(err, ERR_FAILED, "git could not be run");
        return cli_fail(err);
    }
    if (WEXITSTATUS(status) == 127) {
        err_set(err, ERR_FAILED,
                "there is no git on this host: install it, or read the files in "
                "the AWS console");
        return cli_fail(err);
    }
    return WEXITSTATUS(status) == 0 ? 0 : 1;
}

static int print_json(const char *url, const struct sb *helper)
{
    struct out out;
    struct jw w;
    struct err err = {0};

    out_init(&out);
    jw_init(&w, &out.text, &err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_put_sv(&w, "url", sv_of(url));
    jw_put_sv(&w, "helper", sv_drop(sb_sv(helper), strlen("credential.helper=")));
    jw_close(&w, '}');
    if (jw_done(&w) || sb_addc(&out.text, '\n', &err))
        return out_end(&out, cli_fail(&err));
    return out_end(&out, 0);
}

static int clone_url(struct cli *cli, const char *url, const struct sb *helper)
{
    const char *dir = cli->arg_count > 1 ? cli->args[1] : cli->args[0];
    const char *argv[] = {"git", "clone",
                          "-c",  "credential.helper=",
                          "-c",  sb_cstr(helper),
                          "-c",  "credential.useHttpPath=true",
                          "--",  url,
                          dir,   NULL};
    struct err err = {0};

    return cli->format == CLI_JSON ? print_json(url, helper)
                                   : run_git((char *const *)(uintptr_t)argv, &err);
}

int run_clone(struct cli *cli)
{
    struct bench b;
    struct finding_url f = {.bench = &b, .name = sv_of(cli->args[0])};
    CLEANUP(sb_release) struct sb helper;
    struct err err = {0};
    enum err_code rc;

    sb_init(&helper, HELPER_MAX);
    if (cli_option(cli, OPTION_EXPORTS) != NULL)
        return print_exports(cli);
    if (bench_open(&b, cli, &err))
        return cli_fail(&err);
    rc = errand_run(b.session.net, find_url, &f, &err);
    if (!rc)
        rc = helper_of(&b, &helper, &err);
    aim(&b, f.url);
    bench_close(&b);
    return rc ? cli_fail(&err) : clone_url(cli, f.url, &helper);
}
