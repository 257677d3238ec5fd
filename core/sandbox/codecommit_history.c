/* More than one commit: in a batch, and those that changed a file. */
#include "core/sandbox/codecommit_repo.h"
#include "core/sandbox/members.h"

enum { BATCH_MOST = 100, PAGE_MOST = 100, WALK_MOST = 10000 };

/* False: there is none; or the call has failed. */
static bool read_commit(struct repo *repo, const char *id, struct commit_text *out)
{
    struct err why = {0};
    enum err_code rc;

    *out = (struct commit_text){0};
    sb_init(&out->message, REPLY_BODY_MAX);
    rc = repository_read_commit(repo->git, id, out, &why);
    if (rc && rc != ERR_NOT_FOUND)
        (void)call_ok(repo->c, err_set(repo->c->err, why.code, "%s", why.text));
    return !rc;
}

static void put_one(struct repo *repo, cJSON *found, cJSON *errors, struct sv id)
{
    struct call *c = repo->c;
    bool is_id = codecommit_is_id(id);
    struct commit_text text = {0};

    if (is_id && read_commit(repo, id.ptr, &text)) {
        codecommit_put_commit(c, found, NULL, id, &text);
    } else if (!c->has_failed) {
        cJSON *error = call_add(c, errors, NULL, cJSON_CreateObject());

        (void)repo_check(c, error != NULL && member_put(error, "commitId", id) &&
                                member_put(error, "errorCode",
                                           is_id ? SV("CommitIdDoesNotExistException")
                                                 : SV("InvalidCommitIdException")) &&
                                member_put(error, "errorMessage",
                                           is_id ? SV("The specified commit ID does not exist.")
                                                 : SV("The specified commit ID is not valid.")));
    }
    sb_release(&text.message);
}

void codecommit_get_commits(struct call *c)
{
    const cJSON *ids = json_get(c->in, "commitIds");
    struct repo repo;
    cJSON *found;
    cJSON *errors;

    if (repo_open(c, &repo)) {
        if (!cJSON_IsArray(ids) || ids->child == NULL)
            call_fail(c, 400, "CommitIdsListRequiredException",
                      "A list of commit IDs is required, but was either not specified or the list "
                      "was empty.");
        else if (cJSON_GetArraySize(ids) > BATCH_MOST)
            call_fail(c, 400, "CommitIdsLimitExceededException",
                      "The maximum number of allowed commit IDs in a batch request is %d.",
                      BATCH_MOST);
        found = call_add(c, c->out, "commits", cJSON_CreateArray());
        errors = call_add(c, c->out, "errors", cJSON_CreateArray());
        for (const cJSON *id = c->has_failed ? NULL : ids->child; id != NULL && !c->has_failed;
             id = id->next)
            put_one(&repo, found, errors, json_item_sv(id));
    }
    repo_close(&repo);
}

/* ---- the history of a file ---- */

struct walk {
    struct repo *repo;
    struct sv path;
    cJSON *dag;
    char child[OBJECT_SIZE]; /* the change after this one */
    int64_t first;
    int64_t most;
    int64_t seen;
};

/* "" when the commit has no such file. */
static void find_blob(struct walk *w, const char *commit, char blob[OBJECT_SIZE])
{
    struct repository_entry entry = {0};
    struct err why = {0};
    enum err_code rc = repository_find(w->repo->git, commit, w->path, &entry, &why);

    blob[0] = '\0';
    if (rc && rc != ERR_NOT_FOUND)
        (void)call_ok(w->repo->c, err_set(w->repo->c->err, why.code, "%s", why.text));
    if (!rc && entry.kind <= ENTRY_LINK)
        memcpy(blob, entry.id, OBJECT_SIZE);
}

static void put_change(struct walk *w, const char *commit, const char *blob,
                       const struct commit_text *text)
{
    struct call *c = w->repo->c;
    cJSON *item = call_add(c, w->dag, NULL, cJSON_CreateObject());
    cJSON *children;

    if (item == NULL)
        return;
    codecommit_put_commit(c, item, "commit", sv_of(commit), text);
    children = call_add(c, item, "revisionChildren", cJSON_CreateArray());
    if (w->child[0] != '\0')
        (void)call_add(c, children, NULL, cJSON_CreateString(w->child));
    /* Of a deletion there is no blob to tell. */
    (void)repo_check(c, (blob[0] == '\0' || member_put(item, "blobId", sv_of(blob))) &&
                            member_put(item, "path", w->path));
}

/* Along the first parents, the newest first. */
static void walk_back(struct walk *w, const char *head)
{
    struct call *c = w->repo->c;
    char commit[OBJECT_SIZE];
    char blob[OBJECT_SIZE];

    (void)snprintf(commit, sizeof commit, "%s", head);
    find_blob(w, commit, blob);
    for (int i = 0; i < WALK_MOST && commit[0] != '\0' && !c->has_failed; i++) {
        struct commit_text text;
        char before[OBJECT_SIZE] = "";
        char parent[OBJECT_SIZE] = "";

        if (read_commit(w->repo, commit, &text)) {
            if (text.parent_count > 0)
                memcpy(parent, text.parents[0], OBJECT_SIZE);
            if (parent[0] != '\0')
                find_blob(w, parent, before);
            if (strcmp(blob, before) != 0) {
                if (w->seen >= w->first && w->seen < w->first + w->most)
                    put_change(w, commit, blob, &text);
                w->seen++;
                memcpy(w->child, commit, OBJECT_SIZE);
            }
        }
        sb_release(&text.message);
        memcpy(commit, parent, OBJECT_SIZE);
        memcpy(blob, before, OBJECT_SIZE);
    }
}

void codecommit_file_history(struct call *c)
{
    struct sv token = call_text(c, "nextToken", false);
    struct walk w = {.most = PAGE_MOST};
    struct repo repo;
    char head[OBJECT_SIZE];

    w.repo = &repo;
    if (json_get(c->in, "maxResults") != NULL) {
        w.most = json_int(c->in, "maxResults", 0);
        if (w.most < 1 || w.most > PAGE_MOST)
            call_fail(c, 400, "InvalidMaxResultsException",
                      "The specified number of maximum results is not valid.");
    }
    if (token.len > 0 && (!sv_to_int(token, &w.first) || w.first < 1 || w.first > WALK_MOST))
        call_fail(c, 400, "InvalidContinuationTokenException",
                  "The specified continuation token is not valid.");
    w.dag = call_add(c, c->out, "revisionDag", cJSON_CreateArray());
    if (repo_open(c, &repo) && codecommit_path_of(c, c->in, "filePath", false, &w.path) &&
        repo_commit_of(&repo, "commitSpecifier", false, head))
        walk_back(&w, head);
    if (!c->has_failed && w.seen > w.first + w.most)
        (void)repo_check(c,
                         member_putf(c->out, "nextToken", "%lld", (long long)(w.first + w.most)));
    repo_close(&repo);
}
