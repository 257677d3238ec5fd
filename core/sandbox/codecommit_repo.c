#include "core/sandbox/codecommit_repo.h"

#include <ctype.h>

#include "core/base/mem.h"
#include "core/sandbox/members.h"
#include "core/sandbox/seed_repository.h"

static bool has_only(struct sv text, const char *more)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if (!isascii(c) || c == '\0' || (!isalnum(c) && strchr(more, c) == NULL))
            return false;
    }
    return text.len > 0;
}

bool codecommit_is_name(struct sv name)
{
    return name.len <= REPOSITORY_NAME_MAX && has_only(name, "._-") && !sv_ends(name, SV(".git"));
}

/* The region is what a client signed with: it must not lead out of the directory. */
enum err_code codecommit_dir(const struct service *s, const struct codecommit_place *place,
                             char out[REPOSITORY_PATH_MAX], struct err *err)
{
    int len = -1;

    if (has_only(place->account, "") && has_only(place->region, "-") && place->region.len < 64 &&
        codecommit_is_name(place->repository))
        len = snprintf(out, REPOSITORY_PATH_MAX, "%s/git/" SV_FMT "/" SV_FMT "/" SV_FMT ".git",
                       s->dir, SV_ARG(place->account), SV_ARG(place->region),
                       SV_ARG(place->repository));
    if (len < 0 || len >= REPOSITORY_PATH_MAX)
        return err_set(err, ERR_NOT_FOUND, "no repository can be called " SV_FMT " there",
                       SV_ARG(sv_take(place->repository, REPOSITORY_NAME_MAX)));
    return ERR_OK;
}

enum err_code codecommit_record(const struct service *s, const struct codecommit_place *place,
                                cJSON **out, struct err *err)
{
    struct record_key key = {.kind = REPOSITORY_KIND,
                             .account = place->account,
                             .region = place->region,
                             .name = place->repository};
    const struct pipe *p;
    enum err_code rc = record_get(s->records, &key, out, err);

    if (rc || (*out != NULL && !json_bool(*out, "IsSeeded", false)))
        return rc;
    /* A seeded one goes with the last of its pipelines. */
    p = seed_repository_pipe(s->world, place->account, place->region, place->repository);
    if (*out != NULL && p != NULL && !json_bool(*out, "IsGone", false))
        return ERR_OK;
    if (*out != NULL)
        p = NULL;
    cJSON_Delete(*out);
    *out = p == NULL ? NULL : seed_repository_record(p);
    return p != NULL && *out == NULL ? mem_err(err) : ERR_OK;
}

cJSON *repo_record(struct call *c, struct sv name)
{
    struct codecommit_place place = {c->account, c->region, name};
    cJSON *record = NULL;

    if (!c->has_failed)
        (void)call_ok(c, codecommit_record(c->service, &place, &record, c->err));
    return record;
}

static enum err_code open_seeded(const struct service *s, const struct codecommit_place *place,
                                 const cJSON *record, struct repository **out, struct err *err)
{
    const struct pipe *p =
        seed_repository_pipe(s->world, place->account, place->region, place->repository);
    struct seed_repository *seeded = NULL;
    enum err_code rc = p == NULL
                           ? err_set(err, ERR_NOT_FOUND, "the pipeline of the repository is gone")
                           : seed_repository_open(p, record, &seeded, err);

    return rc ? rc : repository_wrap(seeded, out, err);
}

enum err_code codecommit_open(const struct service *s, const struct codecommit_place *place,
                              struct repository **out, struct err *err)
{
    char path[REPOSITORY_PATH_MAX];
    cJSON *record = NULL;
    enum err_code rc = codecommit_dir(s, place, path, err);

    if (!rc)
        rc = codecommit_record(s, place, &record, err);
    if (!rc && json_bool(record, "IsSeeded", false))
        rc = open_seeded(s, place, record, out, err);
    else if (!rc)
        rc = repository_open(path, out, err);
    cJSON_Delete(record);
    return rc;
}

void codecommit_url(const struct service *s, struct sv name, char out[REPOSITORY_PATH_MAX])
{
    (void)snprintf(out, REPOSITORY_PATH_MAX, "%s/v1/repos/" SV_FMT, s->url == NULL ? "" : s->url,
                   SV_ARG(name));
}

struct sv codecommit_name(struct call *c, const char *member)
{
    struct sv name = call_text(c, member, false);

    if (c->has_failed)
        return SV_NONE;
    if (name.len == 0)
        call_fail(c, 400, "RepositoryNameRequiredException", "A repository name is required.");
    else if (!codecommit_is_name(name))
        call_fail(c, 400, "InvalidRepositoryNameException",
                  "The repository name is not valid. Repository names can be any valid combination "
                  "of letters, numbers, periods, underscores, and dashes between 1 and 100 "
                  "characters in length. Names are case sensitive. They cannot end in .git and "
                  "cannot contain any of the following characters: !?@#$%%^&*()+=~`,<>/\\|[]");
    return c->has_failed ? SV_NONE : name;
}

struct sv codecommit_branch_name(struct call *c, const char *member)
{
    struct sv name = call_text(c, member, false);

    if (c->has_failed)
        return SV_NONE;
    if (name.len == 0)
        call_fail(c, 400, "BranchNameRequiredException",
                  "A branch name is required, but was not specified.");
    else if (!repository_is_branch_name(name))
        call_fail(c, 400, "InvalidBranchNameException",
                  "The specified reference name is not valid: " SV_FMT, SV_ARG(sv_take(name, 256)));
    return c->has_failed ? SV_NONE : name;
}

bool repo_open(struct call *c, struct repo *out)
{
    struct sv name = codecommit_name(c, "repositoryName");

    *out = (struct repo){.c = c,
                         .place = {.account = c->account, .region = c->region, .repository = name}};
    out->record = repo_record(c, name);
    if (!c->has_failed && out->record == NULL)
        call_fail(c, 400, "RepositoryDoesNotExistException", SV_FMT " does not exist",
                  SV_ARG(name));
    return !c->has_failed &&
           call_ok(c, codecommit_open(c->service, &out->place, &out->git, c->err));
}

void repo_close(struct repo *repo)
{
    repository_close(repo->git);
    cJSON_Delete(repo->record);
}

bool repo_check(struct call *c, bool had_memory)
{
    return call_ok(c, had_memory ? ERR_OK : mem_err(c->err));
}

bool repo_save(struct repo *repo)
{
    struct call *c = repo->c;

    return repo_check(c, member_put_int(repo->record, "modified", c->service->now_ms)) &&
           call_store(c, REPOSITORY_KIND, c->region, repo->place.repository, repo->record);
}

bool repo_commit_of(struct repo *repo, const char *member, bool is_required,
                    char commit[OBJECT_SIZE])
{
    struct call *c = repo->c;
    struct sv specifier = call_text(c, member, false);

    commit[0] = '\0';
    if (!c->has_failed && specifier.len == 0 && is_required)
        call_fail(c, 400, "CommitRequiredException", "A commit was not specified.");
    if (specifier.len == 0)
        specifier = json_sv(repo->record, "defaultBranch");
    if (c->has_failed || !call_ok(c, repository_find_commit(repo->git, specifier, commit, c->err)))
        return false;
    if (commit[0] == '\0')
        call_fail(c, 400, "CommitDoesNotExistException",
                  "Commit does not exist in the repository: " SV_FMT,
                  SV_ARG(sv_take(specifier, 256)));
    return !c->has_failed;
}

static bool is_good_part(struct sv part)
{
    return part.len > 0 && !sv_eq(part, SV(".")) && !sv_eq(part, SV("..")) &&
           !sv_eq_nocase(part, SV(".git"));
}

bool codecommit_path_of(struct call *c, const cJSON *object, const char *member, bool may_be_root,
                        struct sv *out)
{
    enum { LEVELS_MOST = 20, PATH_MOST = 4096 };
    struct sv path = json_sv(object, member);
    struct sv rest;
    int levels = 0;
    bool is_good = path.len <= PATH_MOST;

    if (c->has_failed)
        return false;
    if (path.ptr == NULL || (path.len == 0 && !may_be_root)) {
        call_fail(c, 400, "PathRequiredException", "A path must be specified.");
        return false;
    }
    if (sv_starts(path, SV("/")))
        path = sv_drop(path, 1);
    if (may_be_root && sv_ends(path, SV("/")))
        path.len--;
    *out = path;
    is_good = is_good && (path.len > 0 || may_be_root);
    for (rest = path; is_good && rest.ptr != NULL && path.len > 0; levels++)
        is_good = is_good_part(sv_cut(rest, '/', &rest)) && levels < LEVELS_MOST;
    if (!is_good)
        call_fail(c, 400, "InvalidPathException", "The specified path is not valid: " SV_FMT,
                  SV_ARG(sv_take(path, 256)));
    return is_good;
}

const char *codecommit_mode_name(int mode)
{
    return mode == 0100755 ? "EXECUTABLE" : mode == 0120000 ? "SYMLINK" : "NORMAL";
}

/* The first branch that there is becomes the default one. */
static enum err_code note(struct service *s, const struct codecommit_place *place,
                          struct repository *git, const struct branch_move *move, struct err *err)
{
    struct record_key key = {.kind = REPOSITORY_KIND,
                             .account = place->account,
                             .region = place->region,
                             .name = place->repository};
    cJSON *record;
    enum err_code rc = codecommit_record(s, place, &record, err);

    if (rc)
        return rc;
    if (record == NULL)
        return err_set(err, ERR_NOT_FOUND, SV_FMT " does not exist", SV_ARG(place->repository));
    if (!member_put_int(record, "modified", s->now_ms) ||
        (json_bool(record, "IsSeeded", false) &&
         !seed_repository_note(record, move->branch, move->new, s->now_ms)))
        rc = mem_err(err);
    if (!rc && json_get(record, "defaultBranch") == NULL && move->new[0] != '\0') {
        if (!member_put(record, "defaultBranch", move->branch))
            rc = mem_err(err);
        if (!rc)
            rc = repository_point_head(git, move->branch, err);
    }
    if (!rc)
        rc = record_put(s->records, &key, record, err);
    cJSON_Delete(record);
    return rc;
}

/* The record says where the branch is; no rule starts the pipelines that a seed made. */
static enum err_code start_seeded(struct service *s, const struct codecommit_place *place,
                                  const struct branch_move *move, struct err *err)
{
    const struct pipe *p =
        seed_repository_pipe(s->world, place->account, place->region, place->repository);

    return p == NULL || move->new[0] == '\0'
               ? ERR_OK
               : seed_repository_pushed(s->world, p, move->branch, move->new, err);
}

enum err_code codecommit_moved(struct service *s, const struct codecommit_place *place,
                               struct repository *git, bool moves_it,
                               const struct branch_move *move, struct err *err)
{
    struct events_reference reference = {.account = place->account,
                                         .region = place->region,
                                         .repository = place->repository,
                                         .branch = move->branch,
                                         .commit = sv_of(move->new),
                                         .old_commit = sv_of(move->old)};
    enum err_code rc = note(s, place, git, move, err);

    if (!rc)
        rc = events_reference_changed(s, &reference, err);
    if (!rc && repository_is_seeded(git))
        return start_seeded(s, place, move, err);
    if (rc || !moves_it)
        return rc;
    return move->new[0] == '\0' ? repository_drop_branch(git, move->branch, err)
                                : repository_move_branch(git, move->branch, move->new, err);
}
