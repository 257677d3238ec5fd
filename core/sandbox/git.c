#include "core/sandbox/git.h"

#include <stdarg.h>

#include "core/base/mem.h"
#include "core/sandbox/codecommit_repo.h"
#include "core/sandbox/members.h"

static const char PREFIX[] = "/v1/repos/";

bool git_serves(struct sv path)
{
    return sv_starts(path, sv_of(PREFIX));
}

void git_refuse(struct reply *reply, int status, const char *code, const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    sb_clear(&reply->body);
    reply->status = status;
    reply->content_type = "text/plain";
    (void)snprintf(reply->error, sizeof reply->error, "%s", code);
    if (sb_addf(&reply->body, NULL, "%s\n", text))
        sb_clear(&reply->body);
}

/* Smart HTTP only: three paths, each with its method. */
static bool read_path(const struct request *request, struct git_request *out)
{
    static const struct {
        const char *method;
        const char *rest;
        const char *query;
        bool is_push;
    } rows[] = {
        {"GET", "/info/refs", "service=git-upload-pack", false},
        {"GET", "/info/refs", "service=git-receive-pack", true},
        {"POST", "/git-upload-pack", "", false},
        {"POST", "/git-receive-pack", "", true},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sv rest = sv_of(rows[i].rest);

        if (!sv_eq(request->method, sv_of(rows[i].method)) || !sv_ends(request->path, rest) ||
            !sv_eq(request->query, sv_of(rows[i].query)))
            continue;
        *out = (struct git_request){.path = sv_take(request->path, request->path.len - rest.len),
                                    .rest = rest,
                                    .is_push = rows[i].is_push};
        out->repository = sv_drop(out->path, strlen(PREFIX));
        return codecommit_is_name(out->repository);
    }
    return false;
}

/* Branches with their commits, in the order of their names. */
static enum err_code note_branch(void *owner, struct sv branch, const char *commit, struct err *err)
{
    char name[512];

    (void)snprintf(name, sizeof name, SV_FMT, SV_ARG(branch));
    return cJSON_AddStringToObject(owner, name, commit) == NULL ? mem_err(err) : ERR_OK;
}

static enum err_code read_branches(struct repository *git, cJSON **out, struct err *err)
{
    enum err_code rc;

    *out = cJSON_CreateObject();
    if (*out == NULL)
        return mem_err(err);
    rc = repository_branches(git, note_branch, *out, err);
    if (rc) {
        cJSON_Delete(*out);
        *out = NULL;
    }
    return rc;
}

struct push {
    struct service *service;
    struct codecommit_place place;
    struct repository *git;
};

static enum err_code tell(struct push *push, const char *branch, const char *old, const char *new,
                          struct err *err)
{
    struct branch_move move = {.branch = sv_of(branch), .old = old, .new = new};

    if (strcmp(old, new) == 0)
        return ERR_OK;
    return codecommit_moved(push->service, &push->place, push->git, false, &move, err);
}

/* The first branch that is told becomes the default one: which of many AWS takes is not documented,
 * so one of the usual names goes first. */
static enum err_code tell_first(struct push *push, const cJSON *before, cJSON *after,
                                struct err *err)
{
    static const char *const usual[] = {"main", "master"};
    enum err_code rc = ERR_OK;

    for (size_t i = 0; before->child == NULL && i < ARRAY_LEN(usual) && !rc; i++) {
        cJSON *branch = cJSON_DetachItemFromObjectCaseSensitive(after, usual[i]);

        if (branch != NULL)
            rc = tell(push, usual[i], "", branch->valuestring, err);
        cJSON_Delete(branch);
    }
    return rc;
}

static enum err_code tell_moves(struct push *push, const cJSON *before, cJSON *after,
                                struct err *err)
{
    enum err_code rc = tell_first(push, before, after, err);
    const cJSON *old = before->child;
    const cJSON *new = after->child;

    while (!rc && (old != NULL || new != NULL)) {
        int order = old == NULL ? 1 : new == NULL ? -1 : strcmp(old->string, new->string);
        const cJSON *gone = order <= 0 ? old : NULL;
        const cJSON *come = order >= 0 ? new : NULL;

        if (gone != NULL)
            old = gone->next;
        if (come != NULL)
            new = come->next;
        if (come != NULL)
            rc = tell(push, come->string, gone == NULL ? "" : gone->valuestring, come->valuestring,
                      err);
        else if (gone != NULL)
            rc = tell(push, gone->string, gone->valuestring, "", err);
    }
    return rc;
}

/* Which branches it moved is seen by comparing: what git refused has not moved. */
static enum err_code serve_push(struct push *push, const struct git_request *git,
                                const struct request *request, const char *dir, struct reply *reply,
                                struct err *err)
{
    cJSON *before;
    cJSON *after;
    enum err_code rc = read_branches(push->git, &before, err);

    if (rc)
        return rc;
    rc = git_backend(git, request, dir, reply, err);
    if (!rc)
        rc = read_branches(push->git, &after, err);
    if (!rc) {
        rc = tell_moves(push, before, after, err);
        cJSON_Delete(after);
    }
    cJSON_Delete(before);
    return rc;
}

static enum err_code serve(struct service *s, const struct git_request *git,
                           const struct request *request, struct reply *reply, struct err *err)
{
    struct push push = {.service = s,
                        .place = {.account = request->who.account,
                                  .region = request->region,
                                  .repository = git->repository}};
    char dir[REPOSITORY_PATH_MAX];
    enum err_code rc = codecommit_dir(s, &push.place, dir, err);

    if (rc)
        return rc;
    if (!sv_eq(git->rest, SV("/git-receive-pack")))
        return git_backend(git, request, dir, reply, err);
    rc = codecommit_open(s, &push.place, &push.git, err);
    if (!rc)
        rc = serve_push(&push, git, request, dir, reply, err);
    repository_close(push.git);
    return rc;
}

enum err_code git_answer(struct service *s, struct request *request, struct reply *reply,
                         struct err *err)
{
    struct git_request git;
    char region[GIT_REGION_MAX] = "";
    bool may = false;
    enum err_code rc;

    if (!read_path(request, &git)) {
        git_refuse(reply, 404, "NotFound", "git is served by smart HTTP only.");
        return ERR_OK;
    }
    request->service = SV("codecommit");
    request->operation = git.is_push ? SV("GitPush") : SV("GitPull");
    rc = git_authenticate(s, &git, request, reply, region, &may, err);
    if (rc || !may)
        return rc;
    if (region[0] == '\0') {
        git_refuse(reply, 404, "RepositoryDoesNotExistException", SV_FMT " does not exist",
                   SV_ARG(git.repository));
        return ERR_OK;
    }
    request->region = sv_of(region);
    rc = serve(s, &git, request, reply, err);
    request->region = SV("");
    return rc;
}
