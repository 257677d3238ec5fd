/* A small AWS for the tests of sync: a few pipelines in memory that a test shares with a server of
 * its own, a child on a free port of 127.0.0.1. A test turns a pipeline or a fault, syncs, and
 * looks at the cache and at what was asked. No signature is looked at here. */
#ifndef PENSTOCK_TESTS_SYNC_FAKE_H
#define PENSTOCK_TESTS_SYNC_FAKE_H

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/check.h"

enum fake_op {
    FAKE_IDENTITY,
    FAKE_LIST,
    FAKE_DEF,
    FAKE_STATE,
    FAKE_EXECUTIONS,
    FAKE_TAGS,
    FAKE_RUNS,
    FAKE_OP_COUNT
};

enum { FAKE_PIPELINES = 6, FAKE_PAGE = 2, FAKE_CONNECTIONS = 64, FAKE_REQUEST = 16384 };

struct fake_pipeline {
    char name[32];
    char execution[40];
    char status[16]; /* of execution, stage and action */
    char mode[16];
    int version;
    int at;         /* seconds: when it last changed */
    bool is_gone;   /* neither listed nor found */
    bool is_mute;   /* asked for it, the server says nothing */
    bool is_blind;  /* listed, but not found when it is read */
    char error[40]; /* when set, each read of it fails with this name */
};

struct fake {
    pid_t pid;
    int port;
    char account[16];
    struct fake_pipeline pipelines[FAKE_PIPELINES];
    int failing_page; /* this page of the listing fails, from 1; 0 = none */
    char error[40];   /* when set, everything fails with this name */
    int error_count;  /* so often; 0 = always */
    unsigned denied;  /* a bit for each fake_op that nobody may do */
    int calls[FAKE_OP_COUNT];
};

static inline enum fake_op fake_op(const char *request)
{
    static const char *const names[FAKE_OP_COUNT] = {"Action=GetCallerIdentity",
                                                     "_20150709.ListPipelines\r",
                                                     "_20150709.GetPipeline\r",
                                                     "_20150709.GetPipelineState\r",
                                                     "_20150709.ListPipelineExecutions\r",
                                                     "_20150709.ListTagsForResource\r",
                                                     "_20150709.ListActionExecutions\r"};
    int op = 0;

    while (op < FAKE_OP_COUNT - 1 && strstr(request, names[op]) == NULL)
        op++;
    return (enum fake_op)op;
}

static inline void fake_list(const struct fake *fake, const char *body, char *out, size_t size)
{
    const char *token = strstr(body, "\"nextToken\":\"");
    int from = token == NULL ? 0 : (int)strtol(token + 13, NULL, 10);
    int at = from;
    size_t len = (size_t)snprintf(out, size, "{\"pipelines\":[");
    int count = 0;

    for (; at < FAKE_PIPELINES && count < FAKE_PAGE; at++) {
        const struct fake_pipeline *p = &fake->pipelines[at];

        if (p->name[0] == '\0' || p->is_gone)
            continue;
        len += (size_t)snprintf(out + len, size - len,
                                "%s{\"name\":\"%s\",\"version\":%d,\"pipelineType\":\"V2\","
                                "\"executionMode\":\"%s\",\"created\":1,\"updated\":%d}",
                                count++ > 0 ? "," : "", p->name, p->version, p->mode, p->version);
    }
    len += (size_t)snprintf(out + len, size - len, "]");
    if (at < FAKE_PIPELINES)
        len += (size_t)snprintf(out + len, size - len, ",\"nextToken\":\"%d\"", at);
    snprintf(out + len, size - len, "}");
}

static inline const struct fake_pipeline *fake_find(const struct fake *fake, const char *body)
{
    for (int i = 0; i < FAKE_PIPELINES; i++) {
        const struct fake_pipeline *p = &fake->pipelines[i];
        char quoted[48];

        snprintf(quoted, sizeof quoted, "\"%s\"", p->name);
        if (p->name[0] != '\0' && strstr(body, quoted) != NULL)
            return p;
    }
    return NULL;
}

static inline void fake_read(const struct fake_pipeline *p, enum fake_op op, char *out, size_t size)
{
    if (op == FAKE_DEF)
        snprintf(
            out, size,
            "{\"pipeline\":{\"name\":\"%s\",\"version\":%d,\"pipelineType\":\"V2\","
            "\"executionMode\":\"%s\",\"stages\":[{\"name\":\"Build\",\"actions\":[{\"name\":"
            "\"Run\",\"actionTypeId\":{\"category\":\"Build\",\"provider\":\"CodeBuild\"}}]}]},"
            "\"metadata\":{\"created\":1,\"updated\":%d}}",
            p->name, p->version, p->mode, p->version);
    else if (op == FAKE_STATE)
        snprintf(out, size,
                 "{\"pipelineName\":\"%s\",\"pipelineVersion\":%d,\"updated\":%d,\"stageStates\":[{"
                 "\"stageName\":\"Build\",\"inboundTransitionState\":{\"enabled\":true},"
                 "\"actionStates\":[{\"actionName\":\"Run\",\"latestExecution\":{\"status\":\"%s\","
                 "\"lastStatusChange\":%d}}],\"latestExecution\":{\"pipelineExecutionId\":\"%s\","
                 "\"status\":\"%s\"}}]}",
                 p->name, p->version, p->version, p->status, p->at, p->execution, p->status);
    else if (op == FAKE_EXECUTIONS)
        snprintf(out, size,
                 "{\"pipelineExecutionSummaries\":[{\"pipelineExecutionId\":\"%s\",\"status\":"
                 "\"%s\",\"startTime\":1,\"lastUpdateTime\":%d}]}",
                 p->execution, p->status, p->at);
    else
        snprintf(
            out, size,
            "{\"actionExecutionDetails\":[{\"pipelineExecutionId\":\"%s\","
            "\"actionExecutionId\":\"a\",\"pipelineVersion\":%d,\"stageName\":\"Build\","
            "\"actionName\":\"Run\",\"startTime\":1,\"lastUpdateTime\":%d,\"status\":\"%s\"}]}",
            p->execution, p->version, p->at, p->status);
}

static inline const char *fake_fault(struct fake *fake, enum fake_op op, const char *body)
{
    const struct fake_pipeline *p = fake_find(fake, body);
    const char *token = strstr(body, "\"nextToken\":\"");
    int page = token == NULL ? 1 : 2;

    if (fake->error[0] != '\0' && fake->error_count >= 0) {
        fake->error_count -= fake->error_count == 1 ? 2 : fake->error_count > 0;
        return fake->error;
    }
    if (fake->denied & 1U << op)
        return "AccessDeniedException";
    if (op == FAKE_LIST)
        return fake->failing_page == page ? "InvalidNextTokenException" : NULL;
    if (op == FAKE_IDENTITY || op == FAKE_TAGS)
        return NULL;
    if (p == NULL || p->is_gone || p->is_blind)
        return "PipelineNotFoundException";
    return p->error[0] != '\0' ? p->error : NULL;
}

/* The status of the reply; its body in out. */
static inline int fake_answer(struct fake *fake, const char *request, const char *body, char *out,
                              size_t size)
{
    enum fake_op op = fake_op(request);
    const char *fault = fake_fault(fake, op, body);

    fake->calls[op]++;
    if (fault != NULL)
        snprintf(out, size, "{\"__type\":\"%s\",\"message\":\"as the test wants\"}", fault);
    else if (op == FAKE_IDENTITY)
        snprintf(out, size,
                 "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::%s:user/u"
                 "</Arn><UserId>U</UserId><Account>%s</Account></GetCallerIdentityResult>"
                 "</GetCallerIdentityResponse>",
                 fake->account, fake->account);
    else if (op == FAKE_LIST)
        fake_list(fake, body, out, size);
    else if (op == FAKE_TAGS)
        snprintf(out, size, "{\"tags\":[]}");
    else
        fake_read(fake_find(fake, body), op, out, size);
    return fault != NULL ? 400 : 200;
}

struct fake_connection {
    int fd;
    size_t len;
    char text[FAKE_REQUEST];
};

static inline void fake_reply(struct fake *fake, int fd, const char *request, const char *body)
{
    const struct fake_pipeline *p = fake_find(fake, body);
    char answer[8192];
    char whole[9000];
    int status = fake_answer(fake, request, body, answer, sizeof answer);
    int len = snprintf(whole, sizeof whole,
                       "HTTP/1.1 %d X\r\nContent-Type: application/x-amz-json-1.1\r\n"
                       "Content-Length: %zu\r\n\r\n%s",
                       status, strlen(answer), answer);

    if (p != NULL && p->is_mute)
        return;
    if (send(fd, whole, (size_t)len, MSG_NOSIGNAL) != len)
        _exit(1);
}

/* Read what came; answer once a request is whole. Connections carry one request at a time. */
static inline bool fake_serve_one(struct fake *fake, struct fake_connection *c)
{
    ssize_t n = read(c->fd, c->text + c->len, sizeof c->text - 1 - c->len);
    const char *end;
    const char *at;
    size_t want;

    if (n <= 0)
        return false;
    c->len += (size_t)n;
    c->text[c->len] = '\0';
    end = strstr(c->text, "\r\n\r\n");
    if (end == NULL)
        return true;
    at = strcasestr(c->text, "\r\nContent-Length:");
    want = (size_t)(end - c->text) + 4 + (at == NULL ? 0 : strtoul(at + 17, NULL, 10));
    if (c->len < want)
        return true;
    fake_reply(fake, c->fd, c->text, end + 4);
    c->len = 0;
    return true;
}

static inline void fake_serve(struct fake *fake, int listener)
{
    static struct fake_connection connections[FAKE_CONNECTIONS];
    struct pollfd fds[FAKE_CONNECTIONS + 1] = {{listener, POLLIN, 0}};
    nfds_t count = 1;

    while (poll(fds, count, -1) >= 0) {
        for (nfds_t i = count - 1; i > 0; i--) {
            if (fds[i].revents == 0 || fake_serve_one(fake, &connections[i - 1]))
                continue;
            close(fds[i].fd);
            count--;
            fds[i] = fds[count];
            connections[i - 1] = connections[count - 1];
        }
        if (fds[0].revents == 0 || count > FAKE_CONNECTIONS)
            continue;
        fds[count] = (struct pollfd){accept(listener, NULL, NULL), POLLIN, 0};
        connections[count - 1] = (struct fake_connection){.fd = fds[count].fd};
        count++;
    }
}

static inline struct fake *fake_open(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct fake *fake =
        mmap(NULL, sizeof *fake, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pid;

    REQUIRE(fake != MAP_FAILED);
    REQUIRE(listener >= 0 && bind(listener, (struct sockaddr *)&address, size) == 0 &&
            listen(listener, 64) == 0 &&
            getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    fake->port = ntohs(address.sin_port);
    snprintf(fake->account, sizeof fake->account, "111111111111");
    pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        alarm(120);
        fake_serve(fake, listener);
        _exit(0);
    }
    fake->pid = pid; /* only here: the child shares this */
    close(listener);
    return fake;
}

static inline void fake_close(struct fake *fake)
{
    kill(fake->pid, SIGKILL);
    waitpid(fake->pid, NULL, 0);
    munmap(fake, sizeof *fake);
}

/* A pipeline that has run once. */
static inline struct fake_pipeline *fake_add(struct fake *fake, const char *name)
{
    for (int i = 0; i < FAKE_PIPELINES; i++) {
        struct fake_pipeline *p = &fake->pipelines[i];

        if (p->name[0] != '\0')
            continue;
        *p = (struct fake_pipeline){
            .version = 1, .at = 100, .status = "Succeeded", .mode = "QUEUED", .execution = "one"};
        snprintf(p->name, sizeof p->name, "%s", name);
        return p;
    }
    _fail(__FILE__, __LINE__);
    return NULL;
}

/* It runs on: another status at a later time. */
static inline void fake_turn(struct fake_pipeline *p, const char *execution, const char *status)
{
    snprintf(p->execution, sizeof p->execution, "%s", execution);
    snprintf(p->status, sizeof p->status, "%s", status);
    p->at++;
}

static inline int fake_calls(const struct fake *fake)
{
    int count = 0;

    for (int i = 0; i < FAKE_OP_COUNT; i++)
        count += fake->calls[i];
    return count;
}

#endif
