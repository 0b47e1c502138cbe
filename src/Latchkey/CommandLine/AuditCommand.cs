using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Auditing;
using Latchkey.KeyServer.Audit;

namespace Latchkey.CommandLine;

/// <summary><c>latchkey audit</c>.</summary>
internal static class AuditCommand
{
    public static Command Create() => new("audit", "Proves a key server's audit log whole, or shows what is in it.") { CreateVerify(), CreateShow() };

    private static Argument<string> Log() => new("log") { Description = "The folder of the log, or one file of it." };

    private static Command CreateVerify()
    {
        var log = Log();
        var certificates = new Option<string[]>("--certificate") { Description = "PEM: a certificate that the key server had; the log must be signed by one of them.", HelpName = "file" };
        var heads = new Option<string[]>("--head") { Description = "Number and hash of a record as noted earlier; the log must have it.", HelpName = "number:hash" };
        heads.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
                if (token.Value.Split(':') is not [_, { Length: 64 }])
                    result.AddError($"--head: '{token.Value}' is none (expected number:hash, 64 hexadecimal digits)");
        });
        var command = new Command("verify", "Proves the log whole, or names the first record that is not what was written.") { log, certificates, heads };
        command.SetAction(parsed =>
        {
            var given = (parsed.GetValue(certificates) ?? []).Select(X509CertificateLoader.LoadCertificateFromFile).ToList();
            try
            {
                return Verify(parsed.GetRequiredValue(log), new AuditVerifier(given, parsed.GetValue(heads) ?? []), parsed.InvocationConfiguration);
            }
            finally
            {
                given.ForEach(certificate => certificate.Dispose());
            }
        });
        return command;
    }

    private static int Verify(string log, AuditVerifier verifier, InvocationConfiguration console)
    {
        var verdict = verifier.Verify(log);
        foreach (var remark in verdict.Remarks)
            console.Output.WriteLine($"note: {remark}");
        if (verdict.Broken is not null)
        {
            console.Error.WriteLine($"latchkey: {log}: broken: {verdict.Broken}");
            return ExitCode.Failure;
        }
        console.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"whole: records {verdict.First} to {verdict.Last.Split(':')[0]} in {verdict.Files} file(s), {verdict.Uses} uses of keys"));
        console.Output.WriteLine(verdict.SignedThrough == 0
            ? "signed: not at all"
            : string.Create(CultureInfo.InvariantCulture, $"signed: {verdict.Checkpoints} times, through record {verdict.SignedThrough}, by {string.Join(", ", verdict.Signers)}"));
        console.Output.WriteLine($"head: {verdict.Last}");
        return ExitCode.Success;
    }

    private static Command CreateShow()
    {
        var log = Log();
        var edge = new Option<string?>("--edge") { Description = "Only this edge.", HelpName = "name" };
        var key = new Option<string?>("--key") { Description = "Only the key whose SKI begins so.", HelpName = "hex" };
        var name = new Option<string?>("--name") { Description = "Only this server name.", HelpName = "name" };
        var operation = new Option<string?>("--operation") { Description = "Only this operation, as sign_certificate_verify.", HelpName = "name" };
        var outcome = new Option<string?>("--outcome") { Description = "Only this outcome, as ok or key_not_found.", HelpName = "name" };
        var since = new Option<DateTimeOffset?>("--since") { Description = "Only from then on: a time, or so long ago (90s, 15m, 12h, 7d).", HelpName = "time", CustomParser = ReadSince };
        var json = new Option<bool>("--json") { Description = "The lines as they are." };
        var command = new Command("show", "Lists records, one line each.") { log, edge, key, name, operation, outcome, since, json };
        command.SetAction(parsed =>
        {
            var filter = new AuditFilter(parsed.GetValue(edge), parsed.GetValue(key), parsed.GetValue(name), parsed.GetValue(operation), parsed.GetValue(outcome), parsed.GetValue(since));
            var whole = parsed.GetValue(json);
            foreach (var entry in AuditEntry.Read(parsed.GetRequiredValue(log)).Where(filter.Matches))
                parsed.InvocationConfiguration.Output.WriteLine(whole ? entry.Text : AuditText.Of(entry));
            return ExitCode.Success;
        });
        return command;
    }

    private static DateTimeOffset? ReadSince(System.CommandLine.Parsing.ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (AuditFilter.TryReadTime(text, DateTimeOffset.UtcNow) is { } time)
            return time;
        result.AddError($"--since: '{text}' is no time (expected one as 2026-11-21T14:00Z, or 90s, 15m, 12h, 7d)");
        return null;
    }
}
