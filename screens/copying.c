#include "screens/copying.h"

#include "core/aws/canonical.h"

static bool is_shell_safe(struct sv text)
{
    static const struct sv safe = {"-_./:@%+=,", 10};

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            sv_find(safe, sv_make(&c, 1)) < 0)
            return false;
    }
    return text.len > 0;
}

enum err_code add_shell_word(struct sb *out, struct sv text, struct err *err)
{
    enum err_code rc;

    if (is_shell_safe(text))
        return sb_add(out, text, err);
    rc = sb_addc(out, '\'', err);
    for (size_t i = 0; rc == ERR_OK && i < text.len; i++)
        rc = text.ptr[i] == '\'' ? sb_add(out, SV("'\\''"), err) : sb_addc(out, text.ptr[i], err);
    return rc ? rc : sb_addc(out, '\'', err);
}

static const char *console_host(struct sv partition)
{
    if (sv_eq(partition, SV("aws-cn")))
        return "console.amazonaws.cn";
    if (sv_eq(partition, SV("aws-us-gov")))
        return "console.amazonaws-us-gov.com";
    return "console.aws.amazon.com";
}

enum err_code add_console_url(struct sb *out, const struct pipeline_id *id, struct err *err)
{
    enum err_code rc = sb_addf(out, err, "https://" SV_FMT ".%s/codesuite/codepipeline/pipelines/",
                               SV_ARG(id->region), console_host(id->partition));

    if (rc == ERR_OK)
        rc = canonical_encode(out, id->name, false, err);
    return rc ? rc : sb_addf(out, err, "/view?region=" SV_FMT, SV_ARG(id->region));
}

static enum err_code add_arn(struct sb *out, const struct pipeline_id *id, struct err *err)
{
    return sb_addf(out, err, "arn:" SV_FMT ":codepipeline:" SV_FMT ":" SV_FMT ":" SV_FMT,
                   SV_ARG(id->partition), SV_ARG(id->region), SV_ARG(id->account),
                   SV_ARG(id->name));
}

static enum err_code add_command(struct sb *out, const char *before, const struct pipeline_id *id,
                                 struct err *err)
{
    enum err_code rc = sb_add(out, sv_of(before), err);

    if (rc == ERR_OK)
        rc = add_shell_word(out, id->name, err);
    return rc ? rc : sb_addf(out, err, " --region " SV_FMT, SV_ARG(id->region));
}

static enum err_code add_known(struct sb *out, struct sv text, struct err *err)
{
    return text.len > 0 ? sb_add(out, text, err) : err_set(err, ERR_NOT_FOUND, "nothing is known");
}

enum err_code copy_of_row(const struct pipeline_row *row, enum copy what, struct sb *out,
                          struct err *err)
{
    switch (what) {
    case COPY_NAME:
        return add_known(out, row->id.name, err);
    case COPY_ARN:
        return add_arn(out, &row->id, err);
    case COPY_EXECUTION:
        return add_known(out, row->execution_id, err);
    case COPY_COMMIT:
        return add_known(out, row->revision, err);
    case COPY_LINK:
        return add_console_url(out, &row->id, err);
    case COPY_ERROR:
        return add_known(out, row->error.len > 0 ? row->error : row->trouble, err);
    case COPY_COMMAND:
        return add_command(out, "penstock describe ", &row->id, err);
    case COPY_AWS:
        return add_command(out, "aws codepipeline get-pipeline-state --name ", &row->id, err);
    case COPY_JSON:
    case COPY_ALL_COMMANDS:
    case COPY_ALL_AWS:
    case COPY_CLONE:
    case COPY_EXPORTS:
    case COPY_COUNT:
        break;
    }
    return err_set(err, ERR_NOT_FOUND, "there is no such text here");
}
