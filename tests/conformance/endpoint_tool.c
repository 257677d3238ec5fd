/* Prints the endpoint for each line "SERVICE REGION FIPS DUALSTACK" of stdin (0 or 1), as "URL
 * SIGNING-REGION", or "-" when there is none. */
#include "core/aws/endpoint.h"

static enum service service_named(struct sv name)
{
    enum service s = 0;

    while (s + 1 < SERVICE_COUNT && !sv_eq(name, sv_of(service_id(s))))
        s++;
    return s;
}

int main(void)
{
    static const char *const no_vars[] = {NULL};
    static const struct aws_env env = {no_vars};
    static const struct aws_files files;
    char line[256];

    while (fgets(line, sizeof line, stdin) != NULL) {
        struct sv rest = sv_trim(sv_of(line));
        struct sv service = sv_cut(rest, ' ', &rest);
        struct sv region = sv_cut(rest, ' ', &rest);
        struct sv fips = sv_cut(rest, ' ', &rest);
        char empty[] = "";
        char profile[] = "default";
        struct aws_settings settings = {.env = &env,
                                        .files = &files,
                                        .profile = profile,
                                        .region = empty,
                                        .ca_bundle = empty,
                                        .use_fips = sv_eq(fips, SV("1")),
                                        .use_dualstack = sv_eq(rest, SV("1")),
                                        .option_endpoint_url = empty,
                                        .app_id = empty};
        struct endpoint out;

        if (endpoint_resolve(&settings, service_named(service), region, &out, NULL))
            puts("-");
        else
            printf("%s %s\n", out.url, out.region);
    }
    return 0;
}
