/* penstock plan, create, edit, export and delete: a pipeline from its file, and back. */
#include "core/cli/act_verb.h"
#include "core/cli/out.h"

static enum err_code read_applications(struct cli *cli, struct act *act, struct err *err)
{
    const char *word = cli_option(cli, OPTION_APPLICATIONS);

    if (word == NULL)
        return ERR_OK;
    if (strcmp(word, "keep") != 0 && strcmp(word, "delete") != 0)
        return err_set(err, ERR_USAGE, "--applications takes keep or delete, not \"%s\"", word);
    act->input.orphans = word[0] == 'k' ? ORPHAN_KEEP : ORPHAN_DELETE;
    act->input.keeps_applications = word[0] == 'k';
    return ERR_OK;
}

static enum err_code fill_create(struct cli *cli, struct act *act, struct err *err)
{
    act->input.template_dir = cli_option(cli, OPTION_TEMPLATE_DIR);
    act->input.uses_existing_repository = cli_option(cli, OPTION_USE_EXISTING) != NULL;
    return act_read_file(cli, act, err);
}

static enum err_code fill_edit(struct cli *cli, struct act *act, struct err *err)
{
    enum err_code rc = read_applications(cli, act, err);

    return rc ? rc : act_read_file(cli, act, err);
}

static enum err_code fill_delete(struct cli *cli, struct act *act, struct err *err)
{
    static struct sv name;

    name = sv_of(cli->args[0]);
    act->input.names = &name;
    act->input.name_count = 1;
    act->input.deletes_repository = cli_option(cli, OPTION_DELETE_REPOSITORY) != NULL;
    return read_applications(cli, act, err);
}

int run_create(struct cli *cli)
{
    return act_verb(cli, ACTION_CREATE, fill_create, false);
}

int run_edit(struct cli *cli)
{
    return act_verb(cli, ACTION_EDIT, fill_edit, false);
}

int run_delete(struct cli *cli)
{
    return act_verb(cli, ACTION_DELETE, fill_delete, false);
}

/* ---- export ---- */

struct fetching {
    struct bench bench;
    struct arena arena;
    struct sv name;
    struct made_pipeline made;
};

static enum err_code fetch(struct task *task, void *owner, struct err *err)
{
    struct fetching *f = owner;
    enum err_code rc = deploy_who(task, &f->bench.deploy, err);

    return rc ? rc : pipeline_fetch(task, &f->bench.deploy, f->name, &f->arena, &f->made, err);
}

int run_export(struct cli *cli)
{
    struct fetching f = {.name = sv_of(cli->args[0])};
    struct out out;
    struct err err = {0};
    int status = 0;

    if (bench_open(&f.bench, cli, &err))
        return cli_fail(&err);
    out_init(&out);
    arena_init(&f.arena, 32 << 20);
    if (errand_run(f.bench.session.net, fetch, &f, &err) ||
        definition_write(&f.made.definition, &out.text, &err) || out_flush(&out, &err))
        status = cli_fail(&err);
    arena_release(&f.arena);
    out_release(&out);
    bench_close(&f.bench);
    return status;
}

/* ---- plan ---- */

/* A pipeline that is there is compared, one that is not is planned anew: which of the two is AWS's
 * to say. One that a create left half-made is created further. */
static enum err_code is_made(struct task *task, void *owner, struct err *err)
{
    struct fetching *f = owner;
    struct err why = {0};
    enum err_code rc = fetch(task, owner, &why);

    if (rc == ERR_OK || rc == ERR_NOT_FOUND)
        return ERR_OK;
    f->made.stack_status = SV("");
    if (err != NULL)
        *err = why;
    return rc;
}

static enum err_code choose(struct cli *cli, enum action_id *action, struct err *err)
{
    struct fetching f = {0};
    struct act file = {0};
    enum err_code rc = bench_open(&f.bench, cli, err);

    if (rc)
        return rc;
    arena_init(&file.arena, 16 << 20);
    arena_init(&f.arena, 32 << 20);
    rc = act_read_file(cli, &file, err);
    f.name = file.input.definition.name;
    if (!rc)
        rc = errand_run(f.bench.session.net, is_made, &f, err);
    *action = sv_eq(f.made.stack_status, SV("")) ||
                      sv_starts(f.made.stack_status, SV("ROLLBACK")) ||
                      sv_starts(f.made.stack_status, SV("CREATE_IN"))
                  ? ACTION_CREATE
                  : ACTION_EDIT;
    arena_release(&file.arena);
    arena_release(&f.arena);
    bench_close(&f.bench);
    return rc;
}

int run_plan(struct cli *cli)
{
    struct err err = {0};
    enum action_id action;

    if (choose(cli, &action, &err))
        return cli_fail(&err);
    return act_verb(cli, action, action == ACTION_CREATE ? fill_create : fill_edit, true);
}
