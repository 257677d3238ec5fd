/* penstock env: the environments, listed, shown, examined, added, changed, removed, bootstrapped.
 */
#include "core/base/time.h"
#include "core/cli/act_verb.h"
#include "core/cli/out.h"
#include "core/deploy/doctor.h"

enum { NAMES_MAX = 63 };

/* ---- list and show ---- */

static enum err_code load(struct task *task, void *owner, struct err *err)
{
    struct bench *b = owner;

    return deploy_load(task, &b->deploy, err);
}

static const char *way(const struct environment *e, char out[300])
{
    if (e->profile.len > 0)
        (void)snprintf(out, 300, "profile " SV_FMT, SV_ARG(sv_take(e->profile, 200)));
    else if (e->role_arn.len > 0)
        (void)snprintf(out, 300, SV_FMT, SV_ARG(sv_take(e->role_arn, 290)));
    else
        (void)snprintf(out, 300, "this context");
    return out;
}

static void put_environment(struct jw *w, const struct environment *e)
{
    jw_put_sv(w, "name", e->name);
    jw_put_sv(w, "kind", sv_of(environment_kind_word(e->kind)));
    jw_put_sv(w, "account", e->account);
    jw_put_sv(w, "region", e->region);
    jw_put_sv(w, "profile", e->profile);
    jw_put_sv(w, "role_arn", e->role_arn);
    jw_put_bool(w, "has_external_id", e->external_id.len > 0);
    jw_put_sv(w, "stage", e->stage);
    jw_put_sv(w, "team", e->team);
    jw_put_sv(w, "bootstrap", sv_of(bootstrap_word(e->bootstrap)));
    jw_put_sv(w, "qualifier", e->qualifier);
    jw_put_sv(w, "boundary", e->boundary);
    jw_put_int(w, "version", e->version);
}

static const struct cached_environment *cached_of(const struct cached_environment *rows,
                                                  size_t count, struct sv name)
{
    for (size_t i = 0; i < count; i++) {
        if (sv_eq(rows[i].name, name))
            return &rows[i];
    }
    return NULL;
}

/* What the doctor found the last time, of the environments on the list. */
struct listing {
    struct arena arena;
    struct cached_environment *rows;
    size_t count;
};

static enum err_code read_listing(struct bench *b, struct listing *l, struct err *err)
{
    arena_init(&l->arena, 16 << 20);
    return cache_list_environments(b->session.cache, sv_of(b->deploy.partition),
                                   sv_of(b->deploy.account), sv_of(b->deploy.region), &l->arena,
                                   &l->rows, &l->count, err);
}

static enum err_code list_json(const struct listing *l, struct sb *out, struct err *err)
{
    struct jw w;
    enum err_code rc;

    jw_init(&w, out, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_name(&w, "environments");
    jw_open(&w, '[');
    for (size_t i = 0; i < l->count; i++) {
        const struct cached_environment *e = &l->rows[i];

        jw_open(&w, '{');
        jw_put_sv(&w, "name", e->name);
        jw_put_sv(&w, "kind", e->kind);
        jw_put_sv(&w, "account", e->account);
        jw_put_sv(&w, "region", e->region);
        jw_put_sv(&w, "way", e->way);
        jw_put_sv(&w, "stage", e->stage);
        jw_put_sv(&w, "team", e->team);
        jw_put_sv(&w, "bootstrap", e->bootstrap);
        jw_put_int(&w, "bootstrap_version", e->bootstrap_version);
        jw_put_bool(&w, "trusts", e->trusts);
        jw_put_time(&w, "checked", e->checked_at);
        jw_put_sv(&w, "verdict", sv_of(verdict_word((enum verdict)e->verdict)));
        jw_put_sv(&w, "finding", e->line);
        jw_close(&w, '}');
    }
    jw_close(&w, ']');
    jw_close(&w, '}');
    rc = jw_done(&w);
    return rc ? rc : sb_addc(out, '\n', err);
}

static enum err_code list_text(const struct listing *l, struct sb *out, struct err *err)
{
    int64_t now_ms = time_wall_ms();
    enum err_code rc = ERR_OK;

    if (l->count == 0)
        return sb_add(out,
                      SV("There are no environments yet: penstock env add NAME --kind cicd "
                         "--account A --region R\n"),
                      err);
    rc = sb_addf(out, err, "%-20s %-6s %-12s %-14s %-8s %-9s %-5s %-7s %s\n", "NAME", "KIND",
                 "ACCOUNT", "REGION", "STAGE", "BOOTSTRAP", "TRUST", "CHECKED", "REACHED BY");
    for (size_t i = 0; i < l->count && !rc; i++) {
        const struct cached_environment *e = &l->rows[i];
        char version[24];
        char age[TIME_AGE_SIZE];

        (void)snprintf(version, sizeof version, e->bootstrap_version > 0 ? "v%lld" : "-",
                       (long long)e->bootstrap_version);
        rc = sb_addf(out, err, "%-20.*s %-6.*s %-12.*s %-14.*s %-8.*s %-9s %-5s %-7s " SV_FMT "\n",
                     SV_ARG(e->name), SV_ARG(e->kind), SV_ARG(e->account), SV_ARG(e->region),
                     SV_ARG(e->stage), version,
                     e->checked_at == 0 || sv_eq(e->kind, SV("cicd")) ? "-"
                     : e->trusts                                      ? "yes"
                                                                      : "no",
                     time_age(e->checked_at, now_ms, age), SV_ARG(e->way));
        if (!rc && e->line.len > 0)
            rc = sb_addf(out, err, "  %s " SV_FMT "\n", verdict_word((enum verdict)e->verdict),
                         SV_ARG(e->line));
    }
    return rc;
}

static enum err_code list(struct cli *cli, struct bench *b, struct out *out, struct err *err)
{
    struct listing l = {0};
    enum err_code rc = cli->is_cached ? ERR_OK : errand_run(b->session.net, load, b, err);

    if (!rc && b->deploy.notice.text[0] != '\0')
        cli_note("%s", b->deploy.notice.text);
    if (!rc)
        rc = read_listing(b, &l, err);
    if (!rc)
        rc = cli->format == CLI_JSON ? list_json(&l, &out->text, err)
                                     : list_text(&l, &out->text, err);
    arena_release(&l.arena);
    return rc;
}

static enum err_code show_line(struct sb *out, const char *label, struct sv value, struct err *err)
{
    enum err_code rc;

    if (value.len == 0)
        return ERR_OK;
    rc = sb_addf(out, err, "%-12s ", label);
    if (!rc)
        rc = sb_add_safe(out, value, err);
    return rc ? rc : sb_addc(out, '\n', err);
}

static enum err_code show_text(const struct environment *e, const struct cached_environment *found,
                               struct sb *out, struct err *err)
{
    char name[ENVIRONMENT_NAME_SIZE];
    char how[300];
    const struct {
        const char *label;
        struct sv value;
    } lines[] = {
        {"name", e->name},
        {"kind", sv_of(environment_kind_word(e->kind))},
        {"account", e->account},
        {"region", e->region},
        {"reached by", sv_of(way(e, how))},
        {"external id", e->external_id.len > 0 ? SV("(set)") : SV("")},
        {"stage", e->stage},
        {"team", e->team},
        {"bootstrap", sv_of(bootstrap_word(e->bootstrap))},
        {"qualifier", e->qualifier},
        {"boundary", e->boundary},
        {"deploy role", sv_of(environment_role_arn(e, BOOTSTRAP_ROLE_DEPLOY, name))},
        {"last finding", found == NULL ? SV("") : found->line},
    };
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < ARRAY_LEN(lines) && !rc; i++)
        rc = show_line(out, lines[i].label, lines[i].value, err);
    return rc;
}

static enum err_code show(struct cli *cli, struct bench *b, struct out *out, struct err *err)
{
    const struct environment *e;
    struct listing l = {0};
    struct jw w;
    enum err_code rc = errand_run(b->session.net, load, b, err);

    if (!rc)
        rc = deploy_environment(&b->deploy, sv_of(cli->args[1]), &e, err);
    if (!rc && cli->format == CLI_JSON) {
        jw_init(&w, &out->text, err);
        jw_open(&w, '{');
        jw_put_int(&w, "schema", 1);
        put_environment(&w, e);
        jw_close(&w, '}');
        rc = jw_done(&w);
        return rc ? rc : sb_addc(&out->text, '\n', err);
    }
    if (!rc)
        rc = read_listing(b, &l, err);
    if (!rc)
        rc = show_text(e, cached_of(l.rows, l.count, e->name), &out->text, err);
    arena_release(&l.arena);
    return rc;
}

/* ---- doctor ---- */

struct examining {
    struct cli *cli;
    struct bench *bench;
    struct out *out;
    struct jw w;
    enum verdict worst;
};

static enum err_code tell_text(struct examining *x, const struct diagnosis *d, struct err *err)
{
    struct sb *out = &x->out->text;
    enum err_code rc = sb_addf(out, err, "%s\n", d->environment);

    for (int i = 0; i < CHECK_COUNT && !rc; i++) {
        const struct finding *f = &d->findings[i];

        if (f->verdict == VERDICT_SKIPPED && f->text[0] == '\0')
            continue;
        rc = sb_addf(out, err, "  %-4s %s: ", verdict_word(f->verdict), check_title((enum check)i));
        if (!rc)
            rc = sb_add_safe(out, sv_of(f->text), err);
        if (!rc && f->advice[0] != '\0') {
            rc = sb_add(out, SV("\n         "), err);
            if (!rc)
                rc = sb_add_safe(out, sv_of(f->advice), err);
        }
        if (!rc)
            rc = sb_addc(out, '\n', err);
    }
    return rc ? rc : out_flush(x->out, err);
}

static void tell_json(struct examining *x, const struct diagnosis *d)
{
    struct jw *w = &x->w;

    jw_open(w, '{');
    jw_put_sv(w, "environment", sv_of(d->environment));
    jw_put_sv(w, "verdict", sv_of(verdict_word(diagnosis_worst(d))));
    jw_put_int(w, "bootstrap_version", d->bootstrap_version);
    jw_put_bool(w, "trusts", d->trusts);
    jw_name(w, "checks");
    jw_open(w, '[');
    for (int i = 0; i < CHECK_COUNT; i++) {
        jw_open(w, '{');
        jw_put_sv(w, "check", sv_of(check_word((enum check)i)));
        jw_put_sv(w, "verdict", sv_of(verdict_word(d->findings[i].verdict)));
        jw_put_sv(w, "text", sv_of(d->findings[i].text));
        jw_put_sv(w, "advice", sv_of(d->findings[i].advice));
        jw_close(w, '}');
    }
    jw_close(w, ']');
    jw_close(w, '}');
}

/* The CICD environment that trust is asked for: the one of this account and region. */
static const struct environment *home_environment(const struct deploy *d)
{
    for (size_t i = 0; i < d->environment_count; i++) {
        const struct environment *e = &d->environments[i];

        if (e->kind == ENVIRONMENT_CICD && sv_eq(e->account, sv_of(d->account)))
            return e;
    }
    return NULL;
}

static enum err_code examine_one(struct examining *x, struct task *task,
                                 const struct environment *e, struct err *err)
{
    struct deploy *d = &x->bench->deploy;
    const struct environment *cicd = home_environment(d);
    struct diagnosis found;
    enum err_code rc = doctor_examine(task, d, e, cicd == e ? NULL : cicd, &found, err);

    if (rc)
        return rc;
    if (diagnosis_worst(&found) > x->worst)
        x->worst = diagnosis_worst(&found);
    if (x->cli->format != CLI_JSON)
        return tell_text(x, &found, err);
    tell_json(x, &found);
    return ERR_OK;
}

static enum err_code examine(struct task *task, void *owner, struct err *err)
{
    struct examining *x = owner;
    struct deploy *d = &x->bench->deploy;
    enum err_code rc = deploy_load(task, d, err);

    for (size_t i = 1; i < x->cli->arg_count && !rc; i++) {
        const struct environment *e;

        rc = deploy_environment(d, sv_of(x->cli->args[i]), &e, err);
        if (!rc)
            rc = examine_one(x, task, e, err);
    }
    for (size_t i = 0; x->cli->arg_count == 1 && i < d->environment_count && !rc; i++)
        rc = examine_one(x, task, &d->environments[i], err);
    return rc;
}

static enum err_code doctor(struct cli *cli, struct bench *b, struct out *out, struct err *err)
{
    struct examining x = {.cli = cli, .bench = b, .out = out};
    bool is_json = cli->format == CLI_JSON;
    enum err_code rc;

    if (is_json) {
        jw_init(&x.w, &out->text, err);
        jw_open(&x.w, '{');
        jw_put_int(&x.w, "schema", 1);
        jw_name(&x.w, "environments");
        jw_open(&x.w, '[');
    }
    rc = errand_run(b->session.net, examine, &x, err);
    if (!rc && is_json) {
        jw_close(&x.w, ']');
        jw_close(&x.w, '}');
        rc = jw_done(&x.w);
        if (!rc)
            rc = sb_addc(&out->text, '\n', err);
    }
    if (!rc && x.worst == VERDICT_FAILS) {
        rc = out_flush(out, err);
        return rc ? rc : err_set(err, ERR_FAILED, "an environment is not fit for pipelines");
    }
    return rc;
}

/* ---- add, edit, remove, bootstrap ---- */

static void set(struct sv *field, const char *value)
{
    if (value != NULL)
        *field = sv_of(value);
}

static enum err_code take_words(struct cli *cli, struct environment *e, struct err *err)
{
    const char *kind = cli_option(cli, OPTION_KIND);
    const char *dialect = cli_option(cli, OPTION_DIALECT);

    set(&e->account, cli_option(cli, OPTION_ACCOUNT));
    set(&e->region, cli->env_region);
    set(&e->profile, cli->env_profile);
    set(&e->role_arn, cli_option(cli, OPTION_ROLE_ARN));
    set(&e->external_id, cli_option(cli, OPTION_EXTERNAL_ID));
    set(&e->stage, cli_option(cli, OPTION_STAGE));
    set(&e->team, cli_option(cli, OPTION_TEAM));
    set(&e->boundary, cli_option(cli, OPTION_BOUNDARY));
    set(&e->qualifier, cli_option(cli, OPTION_QUALIFIER));
    /* One way there stands for the other; an empty one takes it away. */
    if (cli->env_profile != NULL && cli->env_profile[0] != '\0' &&
        cli_option(cli, OPTION_ROLE_ARN) == NULL)
        e->role_arn = e->external_id = SV("");
    if (cli_option(cli, OPTION_ROLE_ARN) != NULL && e->role_arn.len == 0)
        e->external_id = SV("");
    if (cli_option(cli, OPTION_ROLE_ARN) != NULL && e->role_arn.len > 0 && cli->env_profile == NULL)
        e->profile = SV("");
    if (kind != NULL && strcmp(kind, "cicd") != 0 && strcmp(kind, "target") != 0)
        return err_set(err, ERR_USAGE, "--kind takes cicd or target, not \"%s\"", kind);
    if (kind != NULL)
        e->kind = kind[0] == 'c' ? ENVIRONMENT_CICD : ENVIRONMENT_TARGET;
    if (dialect != NULL && strcmp(dialect, "cdk") != 0 && strcmp(dialect, "ddk") != 0)
        return err_set(err, ERR_USAGE, "--dialect takes cdk or ddk, not \"%s\"", dialect);
    if (dialect != NULL)
        e->bootstrap = dialect[0] == 'd' ? BOOTSTRAP_DDK : BOOTSTRAP_CDK;
    if (e->bootstrap == BOOTSTRAP_DDK && e->ddk_prefix.len == 0)
        e->ddk_prefix = SV("ddk");
    set(&e->ddk_prefix, cli_option(cli, OPTION_DDK_PREFIX));
    if (e->bootstrap == BOOTSTRAP_CDK && cli_option(cli, OPTION_DDK_PREFIX) == NULL)
        e->ddk_prefix = SV("");
    return ERR_OK;
}

static enum err_code fill_add(struct cli *cli, struct act *act, struct err *err)
{
    act->input.environment = (struct environment){
        .name = sv_of(cli->args[1]),
        .account = SV(""),
        .region = SV(""),
        .profile = SV(""),
        .role_arn = SV(""),
        .external_id = SV(""),
        .stage = SV(""),
        .team = SV(""),
        .qualifier = SV("hnb659fds"),
        .ddk_prefix = SV(""),
        .boundary = SV(""),
    };
    if (cli_option(cli, OPTION_KIND) == NULL)
        return err_set(err, ERR_USAGE, "env add needs --kind cicd or --kind target");
    return take_words(cli, &act->input.environment, err);
}

struct editing {
    struct act *act;
    struct sv name;
    struct environment *out;
};

/* As it is, in the act's arena. */
static enum err_code load_one(struct task *task, void *owner, struct err *err)
{
    struct editing *x = owner;
    const struct environment *e;
    CLEANUP(sb_release) struct sb text;
    bool has_unknown;
    enum err_code rc = deploy_load(task, x->act->deploy, err);

    sb_init(&text, 64 * 1024);
    if (!rc)
        rc = deploy_environment(x->act->deploy, x->name, &e, err);
    if (!rc)
        rc = environment_write(e, &text, err);
    if (!rc)
        rc = environment_read(sb_sv(&text), &x->act->arena, x->out, &has_unknown, err);
    if (!rc)
        x->out->version = e->version;
    return rc;
}

static enum err_code fill_edit(struct cli *cli, struct act *act, struct err *err)
{
    struct editing x = {.act = act, .name = sv_of(cli->args[1]), .out = &act->input.environment};
    enum err_code rc = errand_run(act->net, load_one, &x, err);

    return rc ? rc : take_words(cli, &act->input.environment, err);
}

static enum err_code fill_names(struct cli *cli, struct act *act, struct err *err)
{
    struct act_input *in = &act->input;

    in->name_count = cli->arg_count - 1;
    in->policy_count = cli->policy_count;
    in->names = arena_alloc(&act->arena, in->name_count + 1, sizeof *in->names);
    in->policies = arena_alloc(&act->arena, in->policy_count + 1, sizeof *in->policies);
    if (in->names == NULL || in->policies == NULL)
        return arena_err(&act->arena, err);
    for (size_t i = 0; i < in->name_count; i++)
        in->names[i] = sv_of(cli->args[i + 1]);
    for (size_t i = 0; i < in->policy_count; i++)
        in->policies[i] = sv_of(cli->policies[i]);
    set(&in->trust, cli_option(cli, OPTION_TRUST));
    return ERR_OK;
}

/* ---- the words ---- */

typedef enum err_code print_fn(struct cli *cli, struct bench *b, struct out *out, struct err *err);

static const struct word {
    const char *word;
    size_t least; /* names */
    size_t most;
    print_fn *print; /* reads; else it acts */
    enum action_id action;
    act_fill_fn *fill;
} words[] = {
    {"list", 0, 0, list, ACTION_COUNT, NULL},
    {"show", 1, 1, show, ACTION_COUNT, NULL},
    {"doctor", 0, NAMES_MAX, doctor, ACTION_COUNT, NULL},
    {"add", 1, 1, NULL, ACTION_ENVIRONMENT_ADD, fill_add},
    {"edit", 1, 1, NULL, ACTION_ENVIRONMENT_EDIT, fill_edit},
    {"remove", 1, 1, NULL, ACTION_ENVIRONMENT_REMOVE, fill_names},
    {"bootstrap", 1, NAMES_MAX, NULL, ACTION_BOOTSTRAP, fill_names},
};

static int print(struct cli *cli, print_fn *fn)
{
    struct bench b;
    struct out out;
    struct err err = {0};
    int status = 0;

    if (bench_open(&b, cli, &err))
        return cli_fail(&err);
    out_init(&out);
    if (fn(cli, &b, &out, &err) || out_flush(&out, &err))
        status = cli_fail(&err);
    out_release(&out);
    bench_close(&b);
    return status;
}

int run_env(struct cli *cli)
{
    struct err err = {0};

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        const struct word *w = &words[i];
        size_t names = cli->arg_count - 1;

        if (strcmp(cli->args[0], w->word) != 0)
            continue;
        if (names < w->least || names > w->most) {
            err_set(&err, ERR_USAGE, "env %s takes %s; see penstock help env", w->word,
                    w->most == 0   ? "no name"
                    : w->most == 1 ? "one name"
                                   : "names of environments");
            return cli_fail(&err);
        }
        if (cli->is_cached && w->print != list) {
            err_set(&err, ERR_USAGE, "env %s asks AWS: only env list takes --cached", w->word);
            return cli_fail(&err);
        }
        return w->print != NULL ? print(cli, w->print) : act_verb(cli, w->action, w->fill, false);
    }
    err_set(&err, ERR_USAGE,
            "env takes list, show, add, edit, remove, bootstrap or doctor, not \"%s\"",
            cli->args[0]);
    return cli_fail(&err);
}
