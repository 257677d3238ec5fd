#include "core/sandbox/seed_repository.h"

#include "core/base/mem.h"
#include "core/sandbox/engine.h"
#include "core/sandbox/failures.h"
#include "core/sandbox/members.h"
#include "core/sandbox/render.h"
#include "core/sandbox/seed_names.h"
#include "core/sandbox/seed_repository_parts.h"

enum { PIPES_OF_ONE_MAX = 64 };

/* Of the first commit, and of who wrote one. */
enum { SALT_ROOT = 31, SALT_AUTHOR = 41 };

/* ---- which pipelines ---- */

static bool reads(const struct pipe *p, struct sv name)
{
    const struct shape *shape = seed_shape(p);

    if (shape == NULL || !sv_eq(sv_of(p->repository), name))
        return false;
    for (size_t i = 0; i < shape->action_count; i++) {
        if (shape_action(shape, i, NULL)->provider == PROVIDER_CODECOMMIT)
            return true;
    }
    return false;
}

/* The names of a repository's pipelines begin with its own, so they stand side by side. */
static size_t find_pipes(const struct place *place, struct sv name,
                         const struct pipe *out[PIPES_OF_ONE_MAX])
{
    size_t count = 0;

    for (size_t i = place_position(place, name); i < place->count && count < PIPES_OF_ONE_MAX;
         i++) {
        if (!sv_starts(sv_of(place->pipes[i]->name), name))
            break;
        if (reads(place->pipes[i], name))
            out[count++] = place->pipes[i];
    }
    return count;
}

const struct pipe *seed_repository_pipe(struct world *w, struct sv account, struct sv region,
                                        struct sv name)
{
    const struct place *place = world_find_place(w, account, region);
    const struct pipe *pipes[PIPES_OF_ONE_MAX];

    return place != NULL && name.len > 0 && find_pipes(place, name, pipes) > 0 ? pipes[0] : NULL;
}

void seed_repositories_each(struct world *w, struct sv account, struct sv region,
                            seed_repository_fn *fn, void *owner)
{
    const struct place *place = world_find_place(w, account, region);
    const char *last = "";

    for (size_t i = 0; place != NULL && i < place->count; i++) {
        const struct pipe *p = place->pipes[i];

        if (strcmp(p->repository, last) == 0 || !reads(p, sv_of(p->repository)))
            continue;
        last = p->repository;
        fn(owner, sv_of(last));
    }
}

/* ---- its record ---- */

static struct uid root_of(const struct pipe *p)
{
    struct uid place = {hash_text(sv_of(p->place->account)), hash_text(sv_of(p->place->region))};

    return uid_derive(uid_derive(place, hash_text(sv_of(p->repository))), SALT_ROOT);
}

static const char *default_branch(const struct pipe *p)
{
    const struct pipe *pipes[PIPES_OF_ONE_MAX];
    size_t count = find_pipes(p->place, sv_of(p->repository), pipes);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(pipes[i]->branch, "main") == 0)
            return "main";
    }
    return p->branch;
}

cJSON *seed_repository_record(const struct pipe *p)
{
    cJSON *record = cJSON_CreateObject();
    char id[UID_SIZE];

    if (member_set(record, "IsSeeded", cJSON_CreateTrue()) &&
        member_put(record, "id", sv_of(uid_text(uid_derive(root_of(p), 1), id))) &&
        member_putf(record, "description", "Source of the pipeline %s", p->name) &&
        member_put(record, "defaultBranch", sv_of(default_branch(p))) &&
        member_put_int(record, "created", p->created_at) &&
        member_put_int(record, "modified", p->updated_at) &&
        member_putf(record, "Arn", "arn:%s:codecommit:%s:%s:%s",
                    arn_partition(sv_of(p->place->region)), p->place->region, p->place->account,
                    p->repository) &&
        member_list(record, "Tags") != NULL && member_object(record, "Heads") != NULL)
        return record;
    cJSON_Delete(record);
    return NULL;
}

bool seed_repository_note(cJSON *record, struct sv branch, const char *commit, int64_t now_ms)
{
    cJSON *heads = member_object(record, "Heads");
    cJSON *head = cJSON_CreateObject();
    char name[BRANCH_SIZE];

    (void)snprintf(name, sizeof name, SV_FMT, SV_ARG(sv_take(branch, BRANCH_SIZE - 1)));
    if (heads != NULL && member_put(head, "commit", sv_of(commit)) &&
        member_put_int(head, "at", now_ms))
        return member_set(heads, name, head);
    cJSON_Delete(head);
    return false;
}

/* ---- opening: the line of commits ---- */

static size_t find_uid(const struct seed_repository *r, struct uid id)
{
    size_t i = 0;

    while (i < r->count && !uid_eq(r->commits[i].id, id))
        i++;
    return i;
}

static int by_time(const void *a, const void *b)
{
    const struct commit *x = a;
    const struct commit *y = b;

    if (x->at_ms != y->at_ms)
        return x->at_ms < y->at_ms ? -1 : 1;
    return (x->id.lo > y->id.lo) - (x->id.lo < y->id.lo);
}

/* One that was started with a revision brings no commit into its (first) source. */
static bool brings(const struct pipe *p, const struct run *run)
{
    const struct shape *shape = run_shape(p, run);
    char revision[REVISION_MAX];
    char own[COMMIT_SIZE];

    if (run_told(p, run, 0) != NULL)
        return false;
    for (size_t i = 0; i < shape->action_count; i++) {
        const struct action_shape *action = shape_action(shape, i, NULL);

        if (action->provider <= PROVIDER_S3)
            return strcmp(render_revision(run, action, revision), uid_commit(run->revision, own)) ==
                   0;
    }
    return false;
}

/* A run that carries what another brought adds nothing. */
static void add_runs(struct seed_repository *r, const struct pipe *p)
{
    for (size_t i = 0; i < p->run_count; i++) {
        const struct run *run = p->runs[i];
        size_t at = find_uid(r, run->revision);

        if (!brings(p, run))
            continue;
        if (at < r->count) {
            if (run->started_at < r->commits[at].at_ms)
                r->commits[at].at_ms = run->started_at;
            continue;
        }
        r->commits[r->count++] = (struct commit){run->revision, run->started_at, run->message};
    }
}

static struct branch *branch_named(struct seed_repository *r, struct sv name, bool makes_it)
{
    for (size_t i = 0; i < r->branch_count; i++) {
        if (sv_eq(sv_of(r->branches[i].name), name))
            return &r->branches[i];
    }
    if (!makes_it || r->branch_count == BRANCHES_OF_ONE_MAX || name.len >= BRANCH_SIZE)
        return NULL;
    r->branches[r->branch_count] = (struct branch){.commit = 0};
    (void)snprintf(r->branches[r->branch_count].name, BRANCH_SIZE, SV_FMT, SV_ARG(name));
    return &r->branches[r->branch_count++];
}

/* A pipeline's branch stands where its newest run came from; a rollback moves nothing. */
static int64_t place_branch(struct seed_repository *r, const struct pipe *p)
{
    struct branch *branch = branch_named(r, sv_of(p->branch), true);
    int64_t at_ms = 0;

    for (size_t i = 0; branch != NULL && i < p->run_count; i++) {
        const struct run *run = p->runs[i];
        size_t at = find_uid(r, run->revision);

        if (!run->is_rollback && brings(p, run) && at < r->count && run->started_at >= at_ms) {
            at_ms = run->started_at;
            branch->commit = at;
        }
    }
    return at_ms;
}

size_t seed_commit_at(const struct seed_repository *r, struct sv id)
{
    char text[COMMIT_SIZE];
    size_t i = 0;

    while (i < r->count && !sv_eq(sv_of(uid_commit(r->commits[i].id, text)), id))
        i++;
    return i;
}

/* When a pipeline of the branch last brought a commit that was new. */
static int64_t pushed_at(const struct seed_repository *r, const struct pipe *const *pipes,
                         size_t count, struct sv branch)
{
    int64_t at_ms = 0;

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < pipes[i]->run_count && sv_eq(sv_of(pipes[i]->branch), branch); k++) {
            const struct run *run = pipes[i]->runs[k];
            size_t at = find_uid(r, run->revision);

            if (brings(pipes[i], run) && at < r->count && run->started_at > at_ms &&
                r->commits[at].at_ms == run->started_at)
                at_ms = run->started_at;
        }
    }
    return at_ms;
}

/* What somebody did to a branch counts until a commit comes after it. */
static void apply_heads(struct seed_repository *r, const cJSON *record,
                        const struct pipe *const *pipes, size_t count)
{
    const cJSON *heads = json_get(record, "Heads");

    for (const cJSON *h = heads == NULL ? NULL : heads->child; h != NULL; h = h->next) {
        struct sv commit = json_sv(h, "commit");
        size_t at = seed_commit_at(r, commit);
        struct branch *branch;

        if (json_int(h, "at", 0) < pushed_at(r, pipes, count, sv_of(h->string)))
            continue;
        branch = branch_named(r, sv_of(h->string), commit.len > 0 && at < r->count);
        if (branch != NULL && at < r->count)
            branch->commit = at;
        else if (branch != NULL && commit.len == 0)
            *branch = r->branches[--r->branch_count];
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct branch *)a)->name, ((const struct branch *)b)->name);
}

enum err_code seed_repository_open(const struct pipe *p, const cJSON *record,
                                   struct seed_repository **out, struct err *err)
{
    const struct pipe *pipes[PIPES_OF_ONE_MAX];
    size_t count = find_pipes(p->place, sv_of(p->repository), pipes);
    struct seed_repository *r = mem_alloc(sizeof *r);
    size_t most = 1;

    for (size_t i = 0; i < count; i++)
        most += pipes[i]->run_count;
    if (r != NULL)
        r->commits = mem_array(most, sizeof *r->commits);
    if (r == NULL || r->commits == NULL) {
        seed_repository_close(r);
        return mem_err(err);
    }
    r->commits[r->count++] = (struct commit){root_of(p), 0, "Initial commit"};
    for (size_t i = 0; i < count; i++)
        add_runs(r, pipes[i]);
    qsort(r->commits, r->count, sizeof *r->commits, by_time);
    r->commits[0].at_ms = p->created_at;
    for (size_t i = 0; i < count; i++)
        (void)place_branch(r, pipes[i]);
    apply_heads(r, record, pipes, count);
    qsort(r->branches, r->branch_count, sizeof r->branches[0], by_name);
    *out = r;
    return ERR_OK;
}

void seed_repository_close(struct seed_repository *r)
{
    if (r == NULL)
        return;
    mem_free(r->commits);
    mem_free(r);
}

enum err_code seed_repository_pushed(struct world *w, const struct pipe *p, struct sv branch,
                                     const char *commit, struct err *err)
{
    const struct pipe *pipes[PIPES_OF_ONE_MAX];
    size_t count = find_pipes(p->place, sv_of(p->repository), pipes);
    struct seed_repository *r = NULL;
    struct commit what = {0};
    enum err_code rc = seed_repository_open(p, NULL, &r, err);
    size_t at = rc ? 0 : seed_commit_at(r, sv_of(commit));

    if (!rc && at < r->count)
        what = r->commits[at];
    seed_repository_close(r);
    for (size_t i = 0; i < count && what.message != NULL && !rc; i++) {
        struct start start = {.trigger = "CloudWatchEvent",
                              .detail = "arn:aws:events:eu-west-1:111111111111:rule/penstock-"
                                        "commit",
                              .message = what.message,
                              .revision = what.id,
                              .fail_stage = FAIL_NOWHERE};

        if (!sv_eq(sv_of(pipes[i]->branch), branch) || pipes[i]->shape->is_made)
            continue;
        rc = engine_start(w, w->pipes[pipes[i]->index], &start, NULL, err);
        if (rc == ERR_LIMIT) /* AWS drops it too, and tells nobody */
            rc = ERR_OK;
    }
    return rc;
}

/* ---- starting without a commit ---- */

static bool has_source(const struct pipe *p, enum provider provider)
{
    for (size_t i = 0; i < p->shape->action_count; i++) {
        if (shape_action(p->shape, i, NULL)->provider == provider)
            return true;
    }
    return false;
}

/* What lies elsewhere is known by the runs alone: it is as the newest of them found it. */
static void take_newest(const struct pipe *p, struct start *start)
{
    start->revision = root_of(p);
    start->message = "Initial commit";
    for (size_t i = p->run_count; i-- > 0;) {
        if (!p->runs[i]->is_rollback && brings(p, p->runs[i])) {
            start->revision = p->runs[i]->revision;
            start->message = p->runs[i]->message;
            return;
        }
    }
}

/* The commit that a revision among what was given names; r->count when none does. */
static size_t given_at(const struct seed_repository *r, const char *given)
{
    cJSON *root = NULL;
    const cJSON *revisions;
    size_t at = r->count;

    if (given != NULL && json_parse(sv_of(given), &root, NULL) == ERR_OK) {
        revisions = json_get(root, "revisions");
        if (revisions != NULL && revisions->child != NULL)
            at = seed_commit_at(r, json_item_sv(revisions->child));
    }
    cJSON_Delete(root);
    return at;
}

static void take_head(const struct seed_repository *r, const struct pipe *p, struct start *start)
{
    size_t given = given_at(r, start->given);

    for (size_t i = 0; i < r->branch_count; i++) {
        const struct commit *head = &r->commits[r->branches[i].commit];

        if (strcmp(r->branches[i].name, p->branch) != 0)
            continue;
        start->revision = head->id;
        start->message = given < r->count ? r->commits[given].message : head->message;
        return;
    }
    start->revision = root_of(p); /* of no use: nothing is found */
    start->fail_stage = 0;
    start->failure = FAILURE_SOURCE_BRANCH;
}

enum err_code seed_repository_start(const struct pipe *p, const cJSON *record, struct start *start,
                                    struct err *err)
{
    struct seed_repository *r = NULL;
    enum err_code rc;

    if (p->shape->is_made)
        return ERR_OK;
    if (!has_source(p, PROVIDER_CODECOMMIT) ||
        (record != NULL && !json_bool(record, "IsSeeded", false))) {
        take_newest(p, start);
        return ERR_OK;
    }
    rc = seed_repository_open(p, record, &r, err);
    if (rc)
        return rc;
    if (record == NULL)
        r->branch_count = 0;
    take_head(r, p, start);
    seed_repository_close(r);
    return ERR_OK;
}

/* ---- branches and commits ---- */

enum err_code seed_no_commit(const char *commit, struct err *err)
{
    return err_set(err, ERR_NOT_FOUND, "there is no commit %.40s", commit);
}

static void put_id(const struct seed_repository *r, size_t at, char out[OBJECT_SIZE])
{
    (void)uid_commit(r->commits[at].id, out);
}

void seed_repository_branch(const struct seed_repository *r, struct sv branch,
                            char commit[OBJECT_SIZE])
{
    commit[0] = '\0';
    for (size_t i = 0; i < r->branch_count; i++) {
        if (sv_eq(sv_of(r->branches[i].name), branch))
            put_id(r, r->branches[i].commit, commit);
    }
}

enum err_code seed_repository_branches(const struct seed_repository *r, branch_fn *fn, void *owner,
                                       struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < r->branch_count && !rc; i++) {
        char commit[OBJECT_SIZE];

        put_id(r, r->branches[i].commit, commit);
        rc = fn(owner, sv_of(r->branches[i].name), commit, err);
    }
    return rc;
}

void seed_repository_find_commit(const struct seed_repository *r, struct sv specifier,
                                 char commit[OBJECT_SIZE])
{
    size_t at = seed_commit_at(r, specifier);

    if (sv_starts(specifier, SV("refs/heads/")))
        specifier = sv_drop(specifier, 11);
    if (at < r->count)
        put_id(r, at, commit);
    else
        seed_repository_branch(r, specifier, commit);
}

static void set_person(const struct commit *c, int64_t before_ms, struct commit_person *out)
{
    static const struct {
        const char *name;
        const char *email;
        int offset;
    } people[] = {
        {"Ana Costa", "ana@data-platform.example", 60},
        {"Zo\xc3\xab M\xc3\xbcller", "zoe@data-platform.example", 60},
        {"\xe4\xbd\x90\xe8\x97\xa4 \xe8\x8a\xb1\xe5\xad\x90", "hanako@data-platform.example", 540},
        {"Ravi Iyer", "ravi@data-platform.example", 330},
        {"lake-bot", "bot@data-platform.example", 0},
        {"Maria O'Neill", "maria@data-platform.example", -300}};
    uint64_t who = hash_mix(c->id.lo ^ SALT_AUTHOR) % ARRAY_LEN(people);

    *out = (struct commit_person){.at_s = (c->at_ms - before_ms) / 1000,
                                  .offset_minutes = people[who].offset};
    (void)snprintf(out->name, sizeof out->name, "%s", people[who].name);
    (void)snprintf(out->email, sizeof out->email, "%s", people[who].email);
}

enum err_code seed_repository_read(const struct seed_repository *r, const char *commit,
                                   struct commit_text *out, struct err *err)
{
    size_t at = seed_commit_at(r, sv_take(sv_of(commit), OBJECT_SIZE - 1));
    const struct commit *c;

    if (at == r->count)
        return seed_no_commit(commit, err);
    c = &r->commits[at];
    seed_folder_id(r, at, SV(""), out->tree);
    out->parent_count = at > 0;
    if (at > 0)
        put_id(r, at - 1, out->parents[0]);
    set_person(c, 40000, &out->author);
    set_person(c, 5000, &out->committer);
    return sb_add(&out->message, sv_of(c->message == NULL ? "" : c->message), err);
}

enum err_code seed_repository_distance(const struct seed_repository *r, const char *from,
                                       const char *to, int64_t *out, struct err *err)
{
    size_t first = seed_commit_at(r, sv_of(from));
    size_t second = seed_commit_at(r, sv_of(to));

    if (first == r->count || second == r->count)
        return seed_no_commit(first == r->count ? from : to, err);
    *out = (int64_t)second - (int64_t)first;
    return ERR_OK;
}
