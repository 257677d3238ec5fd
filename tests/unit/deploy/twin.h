/* A deploy whose AWS is a script: each call must be the next one that the script has an answer for,
 * or one of those that are answered whenever they come. What came out of turn is told at the end.
 */
#ifndef PENSTOCK_TESTS_DEPLOY_TWIN_H
#define PENSTOCK_TESTS_DEPLOY_TWIN_H

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/time.h"
#include "core/deploy/deploy.h"
#include "core/deploy/job.h"
#include "tests/unit/audit_files.h"
#include "tests/unit/check.h"

struct answer {
    const char *to;    /* stands in the request: "Action=DescribeStacks", ".CreateCommit\r" */
    const char *body;  /* of the reply; of an error its sentence, NULL = "says AWS" */
    const char *error; /* AWS's name of it: status 400 */
    const char *needs; /* stands in the request too; NULL = whatever */
    bool is_cut;       /* the connection ends without an answer */
    bool is_silent;    /* nothing comes: for who cancels */
    bool is_any_time;
};

enum {
    TWIN_REQUEST_MAX = 1 << 20,
    TWIN_CALLS_MAX = 200,
    TWIN_CALL_SIZE = 64,
    TWIN_WRONG_SIZE = 2000
};

struct twin_heard {
    int count;
    char calls[TWIN_CALLS_MAX][TWIN_CALL_SIZE]; /* the answers' `to` */
    size_t at;                                  /* of those in turn */
    char wrong[TWIN_WRONG_SIZE];
};

struct twin {
    pid_t pid;
    struct twin_heard *heard;
    char dir[64];
    char endpoint[64];
    char config[96];
    const char *vars[10];
    struct aws_env env;
    struct context_options options;
    struct context_list contexts;
    struct net *net;
    struct aws *aws;
    struct deploy deploy;
    bool is_done;
    enum err_code code;
    struct err err;
};

#define TWIN_CALLER(account)                                                                       \
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::" account               \
    ":user/ana</Arn><UserId>AIDA</UserId><Account>" account                                        \
    "</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
#define TWIN_HOME                                                                                  \
    {                                                                                              \
        .to = "Action=GetCallerIdentity", .body = TWIN_CALLER("111111111111"), .is_any_time = true \
    }

/* ---- the server, in a child ---- */

static inline bool twin_receive(int connection, char *text)
{
    size_t len = 0;
    size_t want = SIZE_MAX;

    while (len < want) {
        ssize_t n = read(connection, text + len, TWIN_REQUEST_MAX - 1 - len);
        const char *end;
        const char *length;

        if (n <= 0)
            return false;
        len += (size_t)n;
        text[len] = '\0';
        end = strstr(text, "\r\n\r\n");
        if (end == NULL)
            continue;
        length = strcasestr(text, "\r\nContent-Length:");
        want = (size_t)(end - text) + 4 +
               (length != NULL && length < end ? (size_t)strtoul(length + 17, NULL, 10) : 0);
        if (strcasestr(text, "\r\nExpect: 100") != NULL && len < want &&
            send(connection, "HTTP/1.1 100 Continue\r\n\r\n", 25, MSG_NOSIGNAL) < 0)
            return false;
    }
    return true;
}

static inline const struct answer *twin_answer(struct twin_heard *heard,
                                               const struct answer *answers, size_t count,
                                               const char *request)
{
    size_t at = heard->at;

    while (at < count && answers[at].is_any_time)
        at++;
    if (at < count && strstr(request, answers[at].to) != NULL) {
        heard->at = at + 1;
        return &answers[at];
    }
    for (size_t i = 0; i < count; i++) {
        if (answers[i].is_any_time && strstr(request, answers[i].to) != NULL)
            return &answers[i];
    }
    snprintf(heard->wrong, sizeof heard->wrong, "instead of %s: %.1500s",
             at < count ? answers[at].to : "nothing", request);
    return NULL;
}

static inline void twin_reply(int connection, const struct answer *answer, const char *request)
{
    bool is_json = strcasestr(request, "\r\nX-Amz-Target:") != NULL;
    bool is_query = strncmp(request, "POST / ", 7) == 0;
    const char *error = answer == NULL ? "OutOfTurn" : answer->error;
    char fault[500];
    char head[300];
    const char *body = fault;

    if (error == NULL)
        body = answer->body;
    else
        snprintf(fault, sizeof fault,
                 is_json    ? "{\"__type\":\"%s\",\"message\":\"%s\"}"
                 : is_query ? "<ErrorResponse><Error><Code>%s</Code><Message>%s</Message>"
                              "</Error></ErrorResponse>"
                            : "<Error><Code>%s</Code><Message>%s</Message></Error>",
                 error, answer == NULL || answer->body == NULL ? "says AWS" : answer->body);
    snprintf(head, sizeof head,
             "HTTP/1.1 %s\r\nContent-Type: %s\r\nx-amzn-RequestId: r-1\r\nContent-Length: %zu\r\n"
             "\r\n",
             error == NULL ? "200 OK" : "400 Bad Request",
             is_json ? "application/x-amz-json-1.1" : "text/xml", strlen(body));
    if (send(connection, head, strlen(head), MSG_NOSIGNAL | MSG_MORE) < 0 ||
        send(connection, body, strlen(body), MSG_NOSIGNAL) < 0)
        return;
}

static inline void twin_serve(int listener, struct twin_heard *heard, const struct answer *answers,
                              size_t count)
{
    static char request[TWIN_REQUEST_MAX];
    int connection = -1;

    for (;;) {
        struct pollfd fds[] = {{listener, POLLIN, 0}, {connection, POLLIN, 0}};
        const struct answer *answer;

        if (poll(fds, connection < 0 ? 1 : 2, -1) < 0)
            _exit(1);
        if (connection < 0 || fds[1].revents == 0) {
            close(connection);
            connection = accept(listener, NULL, NULL);
        }
        if (!twin_receive(connection, request)) {
            close(connection);
            connection = -1;
            continue;
        }
        answer = twin_answer(heard, answers, count, request);
        if (heard->count < TWIN_CALLS_MAX)
            snprintf(heard->calls[heard->count++], TWIN_CALL_SIZE, "%s",
                     answer == NULL ? "?" : answer->to);
        if (answer != NULL && answer->needs != NULL && strstr(request, answer->needs) == NULL)
            snprintf(heard->wrong, sizeof heard->wrong, "no %s in: %.1500s", answer->needs,
                     request);
        if (answer != NULL && answer->is_silent)
            continue;
        if (answer == NULL || !answer->is_cut) {
            twin_reply(connection, answer, request);
        } else {
            close(connection);
            connection = -1;
        }
    }
}

static inline void twin_start(struct twin *s, const struct answer *answers, size_t count)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    s->heard =
        mmap(NULL, sizeof *s->heard, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(s->heard != MAP_FAILED && listener >= 0 &&
            bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 16) == 0 &&
            getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    snprintf(s->endpoint, sizeof s->endpoint, "AWS_ENDPOINT_URL=http://127.0.0.1:%d",
             ntohs(address.sin_port));
    s->pid = fork();
    REQUIRE(s->pid >= 0);
    if (s->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        alarm(200);
        twin_serve(listener, s->heard, answers, count);
    }
    close(listener);
}

/* ---- the deploy ---- */

static inline void twin_open(struct twin *s, const struct answer *answers, size_t count)
{
    struct err err = {0};

    memset(s, 0, sizeof *s);
    snprintf(s->dir, sizeof s->dir, "/tmp/penstock-deploy-XXXXXX");
    REQUIRE(mkdtemp(s->dir) != NULL);
    twin_start(s, answers, count);
    s->vars[0] = "AWS_ACCESS_KEY_ID=AKIDEXAMPLE";
    s->vars[1] = "AWS_SECRET_ACCESS_KEY=secret";
    s->vars[2] = "AWS_CONFIG_FILE=/nonexistent/config";
    s->vars[3] = "AWS_SHARED_CREDENTIALS_FILE=/nonexistent/credentials";
    s->vars[4] = "AWS_EC2_METADATA_DISABLED=true";
    s->vars[5] = "AWS_REGION=eu-west-1";
    s->vars[6] = s->endpoint;
    snprintf(s->config, sizeof s->config, "XDG_CONFIG_HOME=%s", s->dir);
    s->vars[7] = s->config;
    s->env.vars = s->vars;
    s->options.env = &s->env;
    REQUIRE_OK(context_list_load(&s->options, &s->contexts, &err), &err);
    REQUIRE_OK(net_open(&s->net, &err), &err);
    REQUIRE_OK(aws_new(s->net, &s->aws, &err), &err);
    REQUIRE_OK(deploy_open(&s->deploy, s->aws, NULL, &s->contexts, &s->contexts.items[0],
                           &s->options, &err),
               &err);
    s->deploy.audit_dir = s->dir;
}

/* Nothing came out of turn, and all that was to come came. */
static inline void twin_close(struct twin *s, const struct answer *answers, size_t count)
{
    size_t at = s->heard->at;

    deploy_close(&s->deploy);
    aws_free(s->aws);
    net_close(s->net);
    context_list_release(&s->contexts);
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
    CHECK_STR(s->heard->wrong, "");
    while (at < count && answers[at].is_any_time)
        at++;
    CHECK_STR(at < count ? answers[at].to : "", "");
    munmap(s->heard, sizeof *s->heard);
    audit_files_remove(s->dir);
    rmdir(s->dir);
}

static inline void twin_on_end(void *owner, enum err_code rc, const struct err *err)
{
    struct twin *s = owner;

    s->is_done = true;
    s->code = rc;
    s->err = rc ? *err : (struct err){0};
}

static inline void twin_until(struct twin *s, const bool *claim)
{
    int64_t end_ms = time_mono_ms() + 20000;
    struct err err = {0};

    while (!*claim && time_mono_ms() < end_ms)
        REQUIRE_OK(net_wait(s->net, NULL, 0, 100, &err), &err);
    REQUIRE(*claim);
}

/* fn in a task of its own; its code, and its sentence in s->err. */
struct twin_task {
    struct twin *twin;
    task_fn *fn;
    void *owner;
};

static inline enum err_code twin_task(struct task *task, void *owner, struct err *err)
{
    struct twin_task *t = owner;

    return t->fn(task, t->owner, err);
}

static inline void twin_task_end(void *owner, enum err_code rc, const struct err *err)
{
    twin_on_end(((struct twin_task *)owner)->twin, rc, err);
}

static inline enum err_code twin_run(struct twin *s, task_fn *fn, void *owner)
{
    struct twin_task t = {s, fn, owner};
    struct task *task;
    struct err err = {0};

    s->is_done = false;
    REQUIRE_OK(task_start(s->net, twin_task, twin_task_end, &t, &task, &err), &err);
    twin_until(s, &s->is_done);
    CHECK_STR(s->heard->wrong, "");
    return s->code;
}

static inline void twin_job_end(void *listener, struct job *job)
{
    struct twin *s = listener;

    s->is_done = true;
    s->err = job->err;
}

static inline enum job_state twin_job(struct twin *s, struct job *job)
{
    struct err err = {0};

    s->is_done = false;
    job->done = twin_job_end;
    job->listener = s;
    REQUIRE_OK(job_start(job, s->net, &err), &err);
    twin_until(s, &s->is_done);
    CHECK_STR(s->heard->wrong, "");
    return job->state;
}

/* How often this was asked. */
static inline int twin_asked(const struct twin *s, const char *to)
{
    int count = 0;

    for (int i = 0; i < s->heard->count; i++)
        count += strcmp(s->heard->calls[i], to) == 0;
    return count;
}

/* The audit so far, a row per line, as text of the caller's. */
static inline const char *twin_audit(const struct twin *s, char *text, size_t size)
{
    return audit_files_text(s->dir, text, size);
}

#endif
