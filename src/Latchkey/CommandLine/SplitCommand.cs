using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Latchkey.Splitting;

namespace Latchkey.CommandLine;

/// <summary><c>latchkey split</c>.</summary>
internal static class SplitCommand
{
    public static Command Create()
    {
        var key = new Argument<string>("key") { Description = "The private key: PEM or DER." };
        var parts = new Option<string>("--parts") { Description = "How many parts are needed, and how many are made (2 to 16).", HelpName = "k-of-n", DefaultValueFactory = _ => "2-of-2" };
        var shares = new Option<string?>("--threshold-rsa") { Description = "In place of parts: shares of an RSA key that sign together and are never joined.", HelpName = "k-of-n" };
        var folder = new Option<string>("--out") { Description = "Folder that the parts are written to.", HelpName = "folder", DefaultValueFactory = _ => "." };
        var name = new Option<string?>("--name") { Description = "What the parts' files are called before \"-1.part\"; default: as the key's file.", HelpName = "name" };
        var passphrase = new Option<string?>("--passphrase-file") { Description = "File whose first line is the passphrase of an encrypted key.", HelpName = "file" };
        var destroy = new Option<bool>("--destroy") { Description = "Overwrite and remove the key's file, once the parts have been read back and joined." };
        var command = new Command("split", "Divides a private key into parts for edge and key servers, none of which is the key.") { key, parts, shares, folder, name, passphrase, destroy };
        parts.Validators.Add(RequireNumbers);
        shares.Validators.Add(RequireNumbers);
        command.SetAction(parsed =>
        {
            var file = Path.GetFullPath(parsed.GetRequiredValue(key));
            var target = Path.Combine(Path.GetFullPath(parsed.GetRequiredValue(folder)), parsed.GetValue(name) ?? Path.GetFileNameWithoutExtension(file));
            if (parsed.GetValue(shares) is { } numbers)
                RsaSharing.Share(file, parsed.GetValue(passphrase), Numbers(numbers)!.Value, target, parsed.GetValue(destroy), parsed.InvocationConfiguration.Output);
            else
                Split(file, parsed.GetValue(passphrase), Numbers(parsed.GetRequiredValue(parts))!.Value, target, parsed.GetValue(destroy), parsed.InvocationConfiguration.Output);
            return ExitCode.Success;
        });
        return command;
    }

    private static void Split(string file, string? passphraseFile, (int Threshold, int Count) numbers, string target, bool destroy, TextWriter output)
    {
        var (threshold, count) = numbers;
        using var pkcs8 = WholeKeyFile.Read(file, passphraseFile, out var subjectPublicKeyInfo);
        var parts = KeySplitting.Split(pkcs8.Span, subjectPublicKeyInfo, threshold, count);
        output.WriteLine($"key {Convert.ToHexStringLower(parts[0].Identifier.Span)} (SHA-256 of its SubjectPublicKeyInfo), {threshold} of {count} parts needed");
        var written = new List<string>();
        foreach (var part in parts)
        {
            using (part)
            using (var pem = KeyPartFile.Write(part))
                SecretFiles.Write(Name(target, part.Number), pem.Span);
            written.Add(Name(target, part.Number));
            output.WriteLine($"part {part.Number}: {Name(target, part.Number)}");
        }
        if (!destroy)
            return;
        // From the disk, not from memory: what is about to be destroyed exists nowhere else.
        using (var joined = JoinCommand.Join(written[..threshold], out _))
        {
            if (!joined.FixedTimeEquals(pkcs8.Span))
                throw new KeyPartException("The parts that were written do not give the key: it has not been destroyed.");
        }
        SecretFiles.Destroy(file);
        output.WriteLine($"destroyed: {file} (what a file system, a disk or a backup copied before is not)");
    }

    private static string Name(string target, int number) => $"{target}-{number}.part";

    private static void RequireNumbers(OptionResult result)
    {
        if (result.GetValueOrDefault<string>() is { } text && Numbers(text) is null)
            result.AddError($"{result.Option.Name}: \"{text}\" is not k-of-n (expected as in 2-of-3, with 2 ≤ k ≤ n ≤ {KeyPart.MaxCount})");
    }

    private static (int Threshold, int Count)? Numbers(string text) =>
        text.Split("-of-") is [var k, var n]
        && int.TryParse(k, NumberStyles.None, CultureInfo.InvariantCulture, out var threshold) && int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        && threshold >= 2 && threshold <= count && count <= KeyPart.MaxCount
            ? (threshold, count)
            : null;
}
