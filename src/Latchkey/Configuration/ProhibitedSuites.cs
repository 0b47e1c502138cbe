namespace Latchkey.Configuration;

/// <summary>Suites that some RFC forbids, recognized by what their IANA names say, so that an operator reads the reason and not "unknown".</summary>
internal static class ProhibitedSuites
{
    // In this order: an export suite may be RC4 and anonymous too, and its 40 bits are the worst of it.
    private static readonly (string Part, string Reason)[] Reasons =
    [
        ("_EXPORT", "export suites have keys of 40 or 56 bits, prohibited by RFC 9325 §4.1"),
        ("_WITH_NULL_", "it encrypts nothing, prohibited by RFC 9325 §4.1"),
        ("_anon_", "nobody authenticates the server, prohibited by RFC 5246 appendix A.5"),
        ("_RC4_", "RC4 is prohibited by RFC 7465"),
        ("_3DES_", "3DES is below 128 bits and its 64-bit blocks repeat, ruled out by RFC 9325 §4.1 (as by RFC 8429 in Kerberos)"),
        ("_DES_", "DES has 56 bits, prohibited by RFC 9325 §4.1 and RFC 5469"),
        ("_DES40_", "export suites have keys of 40 or 56 bits, prohibited by RFC 9325 §4.1"),
        ("_RC2_", "export suites have keys of 40 or 56 bits, prohibited by RFC 9325 §4.1"),
        ("_IDEA_", "IDEA is prohibited by RFC 5469"),
    ];

    /// <summary>The reason, with the RFC; null where there is none.</summary>
    public static string? WhyNot(string name) =>
        Array.Find(Reasons, reason => name.Contains(reason.Part, StringComparison.OrdinalIgnoreCase)).Reason;
}
