/* Endpoint rules of the services we call (facts/aws-api.md 3.9), as tables of partitions and of the
 * exceptions: in aws-us-gov many plain hosts are the FIPS ones, IAM has one host in each partition,
 * S3 says "dualstack" in its own place. */
#include "core/aws/endpoint.h"

/* What use_fips makes of a host in aws-us-gov. */
enum gov_fips {
    GOV_MARKED, /* "-fips", as everywhere */
    GOV_PLAIN,  /* the plain one, which becomes marked with dual stack */
    GOV_NEVER,  /* the plain one, always */
};

#define SERVICE_ROW(name, id, prefix, signing, gov) [SERVICE_##name] = {id, prefix, signing, gov},
static const struct {
    const char *id;
    const char *prefix;
    const char *signing_name;
    enum gov_fips gov;
} services[] = {SERVICE_LIST(SERVICE_ROW)};
#undef SERVICE_ROW
_Static_assert(ARRAY_LEN(services) == SERVICE_COUNT, "one row per service");

const char *service_id(enum service s)
{
    return services[s].id;
}

const char *service_signing_name(enum service s)
{
    return services[s].signing_name;
}

/* clang-format off */
/* A region is one of the prefixes, a word and a number: "eu-west-1", "us-gov-east-1". */
static const struct {
    struct partition partition;
    const char *prefixes; /* separated by spaces */
} partitions[] = {
    {{"aws",        "amazonaws.com",    "api.aws",                       "us-east-1", "console.aws.amazon.com"},       "us eu ap sa ca me af il mx"},
    {{"aws-cn",     "amazonaws.com.cn", "api.amazonwebservices.com.cn",  "cn-northwest-1", "console.amazonaws.cn"},  "cn"},
    {{"aws-us-gov", "amazonaws.com",    "api.aws",                       "us-gov-west-1", "console.amazonaws-us-gov.com"},   "us-gov"},
    {{"aws-eusc",   "amazonaws.eu",     "api.amazonwebservices.eu",      "eusc-de-east-1", ""},  "eusc-de"},
    {{"aws-iso",    "c2s.ic.gov",       "api.aws.ic.gov",                "us-iso-east-1", ""},   "us-iso"},
    {{"aws-iso-b",  "sc2s.sgov.gov",    "api.aws.scloud",                "us-isob-east-1", ""},  "us-isob"},
    {{"aws-iso-e",  "cloud.adc-e.uk",   "api.cloud-aws.adc-e.uk",        "eu-isoe-west-1", ""},  "eu-isoe"},
    {{"aws-iso-f",  "csp.hci.ic.gov",   "api.aws.hci.ic.gov",            "us-isof-south-1", ""}, "us-isof"},
};
/* clang-format on */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/* True for "-WORD-NUMBER". */
static bool is_rest(struct sv text)
{
    struct sv number;
    struct sv word;

    if (!sv_starts(text, SV("-")))
        return false;
    word = sv_cut(sv_drop(text, 1), '-', &number);
    if (word.len == 0 || number.len == 0)
        return false;
    for (size_t i = 0; i < word.len; i++) {
        if (!is_word(word.ptr[i]))
            return false;
    }
    for (size_t i = 0; i < number.len; i++) {
        if (!is_digit(number.ptr[i]))
            return false;
    }
    return true;
}

const struct partition *partition_of_region(struct sv region)
{
    for (size_t i = 0; i < ARRAY_LEN(partitions); i++) {
        struct sv rest = sv_of(partitions[i].prefixes);

        while (rest.len > 0) {
            struct sv prefix = sv_cut(rest, ' ', &rest);

            if (sv_starts(region, prefix) && is_rest(sv_drop(region, prefix.len)))
                return &partitions[i].partition;
        }
    }
    return NULL;
}

/* A configured URL, taken apart. */
struct url {
    bool is_https;
    struct sv host; /* an IPv6 address with its brackets */
    struct sv port; /* empty when not given */
    struct sv path; /* "" or "/..." without its final slash */
};

/* NULL when fine, else what is wrong with it. */
static const char *find_fault(struct sv text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if (c <= 0x20 || c >= 0x7f)
            return "it has a space or a character that is not ASCII";
        if (c == '@')
            return "it must not have a user name or password";
        if (c == '?' || c == '#')
            return "it must not have a query or fragment";
        if (c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' || c == '`' || c == '{' ||
            c == '|' || c == '}')
            return "it has a character that no URL may have";
    }
    return NULL;
}

static const char *split_port(struct sv text, struct url *out)
{
    int64_t port;

    if (text.len == 0)
        return NULL;
    if (text.ptr[0] != ':' || text.len > 6 || !sv_to_int(sv_drop(text, 1), &port) || port < 1 ||
        port > 65535)
        return "its port is not a number from 1 to 65535";
    out->port = sv_drop(text, 1);
    return NULL;
}

static const char *split_authority(struct sv authority, struct url *out)
{
    size_t len = 0;

    if (sv_starts(authority, SV("["))) {
        ptrdiff_t end = sv_find(authority, SV("]"));

        len = end < 0 ? 0 : (size_t)end + 1;
    } else {
        while (len < authority.len && (is_word(authority.ptr[len]) || authority.ptr[len] == '-' ||
                                       authority.ptr[len] == '.'))
            len++;
    }
    if (len == 0 || authority.ptr[0] == '.')
        return "it has no host";
    out->host = sv_take(authority, len);
    return split_port(sv_drop(authority, len), out);
}

static const char *split(struct sv text, struct url *out)
{
    const char *fault = find_fault(text);
    ptrdiff_t scheme = sv_find(text, SV("://"));
    size_t len = 0;

    if (fault != NULL)
        return fault;
    out->is_https = scheme > 0 && sv_eq_nocase(sv_take(text, (size_t)scheme), SV("https"));
    if (!out->is_https && (scheme < 0 || !sv_eq_nocase(sv_take(text, (size_t)scheme), SV("http"))))
        return "it must begin with https:// or http://";
    text = sv_drop(text, (size_t)scheme + 3);
    while (len < text.len && text.ptr[len] != '/')
        len++;
    fault = split_authority(sv_take(text, len), out);
    out->path = sv_drop(text, len);
    while (sv_ends(out->path, SV("/")))
        out->path.len--;
    return fault;
}

static bool is_default_port(const struct url *url)
{
    return url->port.len == 0 || sv_eq(url->port, url->is_https ? SV("443") : SV("80"));
}

static enum err_code use_configured(const struct aws_settings *settings, const char *text,
                                    struct endpoint *out, struct err *err)
{
    struct url url = {0};
    const char *fault = split(sv_of(text), &url);
    struct sv port;

    /* The URL may hold a password, so it is only shown when that is not the fault. */
    if (fault != NULL && strchr(text, '@') != NULL)
        return err_set(err, ERR_CONFIG, "the endpoint URL is unusable: %s", fault);
    if (fault != NULL)
        return err_set(err, ERR_CONFIG, "endpoint URL \"%.200s\" is unusable: %s", text, fault);
    if (strlen(text) >= ENDPOINT_URL_MAX)
        return err_set(err, ERR_LIMIT, "endpoint URL over %d bytes", ENDPOINT_URL_MAX - 1);
    if (settings->use_fips || settings->use_dualstack)
        return err_set(err, ERR_CONFIG,
                       "%s and a configured endpoint URL exclude each other: unset one of them",
                       settings->use_fips ? "use_fips_endpoint" : "use_dualstack_endpoint");
    out->is_configured = true;
    port = is_default_port(&url) ? SV("") : url.port;
    snprintf(out->host, sizeof out->host, SV_FMT "%s" SV_FMT, SV_ARG(url.host),
             port.len > 0 ? ":" : "", SV_ARG(port));
    for (char *p = out->host; *p != '\0'; p++)
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
    snprintf(out->path, sizeof out->path, SV_FMT, SV_ARG(url.path.len > 0 ? url.path : SV("/")));
    /* Shorter than the text it is made from, so nothing is cut. */
    if (snprintf(out->url, sizeof out->url, "%s://%s" SV_FMT, url.is_https ? "https" : "http",
                 out->host, SV_ARG(url.path)) >= ENDPOINT_URL_MAX)
        return err_set(err, ERR_LIMIT, "endpoint URL over %d bytes", ENDPOINT_URL_MAX - 1);
    return ERR_OK;
}

/* clang-format off */
/* IAM's one host of each partition, between "iam" and the suffix. */
static const struct {
    const char *partition;
    const char *region; /* to sign for */
    const char *plain;
    const char *dual;
    bool has_fips;      /* by "-fips" */
    bool is_fips;       /* as it is */
} globals[] = {
    {"aws",        "us-east-1",       "",                 ".global", true,  false},
    {"aws-cn",     "cn-north-1",      ".cn-north-1",      ".global", false, false},
    {"aws-us-gov", "us-gov-west-1",   ".us-gov",          ".us-gov", false, true},
    {"aws-eusc",   "eusc-de-east-1",  ".eusc-de-east-1",  "",        false, false},
    {"aws-iso",    "us-iso-east-1",   ".us-iso-east-1",   "",        true,  false},
    {"aws-iso-b",  "us-isob-east-1",  ".us-isob-east-1",  "",        true,  false},
    {"aws-iso-e",  "eu-isoe-west-1",  ".eu-isoe-west-1",  "",        false, false},
    {"aws-iso-f",  "us-isof-south-1", ".us-isof-south-1", "",        false, false},
};
_Static_assert(ARRAY_LEN(globals) == ARRAY_LEN(partitions), "one row per partition");
/* clang-format on */

static enum err_code no_fips(enum service service, const struct partition *partition,
                             struct err *err)
{
    return err_set(err, ERR_CONFIG, "%s has no FIPS endpoint in %s: unset use_fips_endpoint",
                   services[service].prefix, partition->name);
}

static size_t global_row(const struct partition *partition)
{
    size_t row = 0;

    while (row + 1 < ARRAY_LEN(globals) && strcmp(globals[row].partition, partition->name) != 0)
        row++;
    return row;
}

static enum err_code use_global_rules(const struct aws_settings *settings,
                                      const struct partition *partition, struct endpoint *out,
                                      struct err *err)
{
    size_t row = global_row(partition);
    bool is_dual = settings->use_dualstack;

    if (settings->use_fips && !globals[row].has_fips && !globals[row].is_fips)
        return no_fips(SERVICE_IAM, partition, err);
    snprintf(out->host, sizeof out->host, "iam%s%s.%s",
             settings->use_fips && globals[row].has_fips ? "-fips" : "",
             is_dual ? globals[row].dual : globals[row].plain,
             is_dual ? partition->dual_suffix : partition->suffix);
    return ERR_OK;
}

static bool is_marked(const struct aws_settings *settings, enum service service,
                      const struct partition *partition)
{
    if (!settings->use_fips || strcmp(partition->name, "aws-us-gov") != 0)
        return settings->use_fips;
    return services[service].gov == GOV_MARKED ||
           (services[service].gov == GOV_PLAIN && settings->use_dualstack);
}

static enum err_code use_rules(const struct aws_settings *settings, enum service service,
                               const struct partition *partition, struct endpoint *out,
                               struct err *err)
{
    const char *mark = is_marked(settings, service, partition) ? "-fips" : "";
    const char *prefix = services[service].prefix;
    bool is_dual = settings->use_dualstack;

    if (service == SERVICE_S3) {
        if (settings->use_fips && strcmp(partition->name, "aws-cn") == 0)
            return no_fips(service, partition, err);
        snprintf(out->host, sizeof out->host, "s3%s%s.%s.%s", mark, is_dual ? ".dualstack" : "",
                 out->region, partition->suffix);
    } else if (service == SERVICE_IAM) {
        enum err_code rc = use_global_rules(settings, partition, out, err);

        if (rc)
            return rc;
    } else {
        if (service == SERVICE_ECR && is_dual)
            prefix = "ecr";
        snprintf(out->host, sizeof out->host, "%s%s.%s.%s", prefix, mark, out->region,
                 is_dual ? partition->dual_suffix : partition->suffix);
    }
    snprintf(out->url, sizeof out->url, "https://%.*s", ENDPOINT_URL_MAX - 9, out->host);
    snprintf(out->path, sizeof out->path, "/");
    return ERR_OK;
}

/* It becomes part of a host's name and of each signature, whatever the endpoint. */
static bool is_region_name(struct sv region)
{
    if (region.len > 63 || region.ptr[0] == '-' || region.ptr[region.len - 1] == '-')
        return false;
    for (size_t i = 0; i < region.len; i++) {
        char c = region.ptr[i];

        if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-')
            return false;
    }
    return true;
}

enum err_code endpoint_resolve(const struct aws_settings *settings, enum service service,
                               struct sv region, struct endpoint *out, struct err *err)
{
    const struct partition *partition = partition_of_region(region);
    const char *configured = aws_settings_endpoint_url(settings, service_id(service));
    struct endpoint made = {.signing_name = service_signing_name(service),
                            .partition = partition == NULL ? "aws" : partition->name};
    enum err_code rc = ERR_OK;

    if (region.len == 0)
        return err_set(err, ERR_CONFIG,
                       "no region: give --region, or set AWS_REGION or region in the profile");
    if (region.len >= sizeof made.region || !is_region_name(region))
        return err_set(err, ERR_CONFIG, "region \"" SV_FMT "%s\" is not a region's name",
                       SV_ARG(sv_take(region, 40)), region.len > 40 ? "..." : "");
    memcpy(made.region, region.ptr, region.len);
    if (configured != NULL && configured[0] != '\0')
        rc = use_configured(settings, configured, &made, err);
    else if (partition == NULL)
        rc = err_set(err, ERR_CONFIG,
                     "region \"" SV_FMT "\" is unknown: a region is named like eu-west-1",
                     SV_ARG(region));
    else
        rc = use_rules(settings, service, partition, &made, err);
    if (rc)
        return rc;
    if (service == SERVICE_IAM && partition != NULL)
        snprintf(made.region, sizeof made.region, "%s", globals[global_row(partition)].region);
    *out = made;
    return ERR_OK;
}

/* As S3 names general purpose buckets now; of older ones only the length differs. */
static bool is_bucket_name(struct sv bucket)
{
    if (bucket.len < 3 || bucket.len > 63)
        return false;
    for (size_t i = 0; i < bucket.len; i++) {
        char c = bucket.ptr[i];
        bool is_edge = i == 0 || i + 1 == bucket.len;

        if (!((c >= 'a' && c <= 'z') || is_digit(c)) && (is_edge || (c != '-' && c != '.')))
            return false;
    }
    return true;
}

enum err_code endpoint_for_bucket(const struct endpoint *s3, struct sv bucket, struct endpoint *out,
                                  struct err *err)
{
    bool is_in_host = !s3->is_configured && sv_find(bucket, SV(".")) < 0;
    bool is_root = strcmp(s3->path, "/") == 0;

    if (!is_bucket_name(bucket))
        return err_set(err, ERR_CONFIG, "\"" SV_FMT "\" is not a bucket's name",
                       SV_ARG(sv_take(bucket, 63)));
    if (strlen(s3->url) + bucket.len + 2 > ENDPOINT_URL_MAX)
        return err_set(err, ERR_LIMIT, "endpoint URL over %d bytes", ENDPOINT_URL_MAX - 1);
    *out = *s3;
    if (is_in_host) {
        snprintf(out->host, sizeof out->host, SV_FMT ".%.*s", SV_ARG(bucket), ENDPOINT_URL_MAX - 65,
                 s3->host);
        snprintf(out->url, sizeof out->url, "https://%.*s", ENDPOINT_URL_MAX - 9, out->host);
        return ERR_OK;
    }
    snprintf(out->path, sizeof out->path, "%.*s/" SV_FMT, ENDPOINT_URL_MAX - 66,
             is_root ? "" : s3->path, SV_ARG(bucket));
    snprintf(out->url, sizeof out->url, "%.*s/" SV_FMT, ENDPOINT_URL_MAX - 66, s3->url,
             SV_ARG(bucket));
    return ERR_OK;
}
