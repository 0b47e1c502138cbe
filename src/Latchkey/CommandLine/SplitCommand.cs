using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Latchkey.KeyStores;
using Latchkey.Roles;
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
        var folder = new Option<string[]>("--out")
        {
            Description = "Folder that the parts are written to; or, once for each part, a folder, file:/path.part, pkcs11:…;type=data or tpm2:sealed=/path.",
            HelpName = "folder|uri",
            DefaultValueFactory = _ => ["."],
        };
        var name = new Option<string?>("--name") { Description = "What the parts' files are called before \"-1.part\"; default: as the key's file.", HelpName = "name" };
        var passphrase = new Option<string?>("--passphrase-file") { Description = "File whose first line is the passphrase of an encrypted key.", HelpName = "file" };
        var destroy = new Option<bool>("--destroy") { Description = "Overwrite and remove the key's file, once the parts have been read back and joined." };
        var command = new Command("split", "Divides a private key into parts for edge and key servers, none of which is the key.") { key, parts, shares, folder, name, passphrase, destroy };
        parts.Validators.Add(RequireNumbers);
        shares.Validators.Add(RequireNumbers);
        command.SetAction(parsed =>
        {
            var file = Path.GetFullPath(parsed.GetRequiredValue(key));
            var targets = parsed.GetRequiredValue(folder);
            var called = parsed.GetValue(name) ?? Path.GetFileNameWithoutExtension(file);
            if (parsed.GetValue(shares) is { } numbers)
                RsaSharing.Share(file, parsed.GetValue(passphrase), Numbers(numbers)!.Value, SharesTarget(targets, called), parsed.GetValue(destroy), parsed.InvocationConfiguration.Output);
            else
                Split(file, parsed.GetValue(passphrase), Numbers(parsed.GetRequiredValue(parts))!.Value, count => Places(targets, called, count), parsed.GetValue(destroy), parsed.InvocationConfiguration.Output);
            return ExitCode.Success;
        });
        return command;
    }

    private static void Split(string file, string? passphraseFile, (int Threshold, int Count) numbers, Func<int, IReadOnlyList<string>> placesFor, bool destroy, TextWriter output)
    {
        var (threshold, count) = numbers;
        var places = placesFor(count);
        using var devices = new MachineKeyStores();
        var stores = new KeyStoreSet(devices.All);
        foreach (var place in places.Where(KeyPartPlaces.IsUri))
            KeyPartPlaces.Require(place, stores);
        using var pkcs8 = WholeKeyFile.Read(file, passphraseFile, out var subjectPublicKeyInfo);
        var parts = KeySplitting.Split(pkcs8.Span, subjectPublicKeyInfo, threshold, count);
        output.WriteLine($"key {Convert.ToHexStringLower(parts[0].Identifier.Span)} (SHA-256 of its SubjectPublicKeyInfo), {threshold} of {count} parts needed");
        foreach (var part in parts)
        {
            using (part)
                KeyPartPlaces.Write(places[part.Number - 1], part, stores);
            output.WriteLine($"part {part.Number}: {places[part.Number - 1]}");
        }
        if (!destroy)
            return;
        // From where they are kept, not from memory, each at least once: what is about to be destroyed exists nowhere else.
        devices.Dispose();
        for (var first = 0; first < count; first += threshold)
        {
            using var joined = JoinCommand.Join([.. Enumerable.Range(first, threshold).Select(number => places[number % count])], out _);
            if (!joined.FixedTimeEquals(pkcs8.Span))
                throw new KeyPartException("The parts that were written do not give the key: it has not been destroyed.");
        }
        SecretFiles.Destroy(file);
        output.WriteLine($"destroyed: {file} (what a file system, a disk or a backup copied before is not)");
    }

    // One folder for all parts, or one place for each.
    private static IReadOnlyList<string> Places(string[] targets, string name, int count)
    {
        if (targets.Length != count && (targets.Length != 1 || KeyPartPlaces.IsUri(targets[0])))
            throw new IOException($"--out stands there {targets.Length} times for {count} parts (expected one folder for all, or a folder or URI for each)");
        return [.. Enumerable.Range(0, count).Select(i => targets[targets.Length == 1 ? 0 : i])
            .Select((target, i) => KeyPartPlaces.IsUri(target) ? target : Path.Combine(Path.GetFullPath(target), $"{name}-{i + 1}.part"))];
    }

    private static string SharesTarget(string[] targets, string name) => targets is [var folder] && !KeyPartPlaces.IsUri(folder)
        ? Path.Combine(Path.GetFullPath(folder), name)
        : throw new IOException("--out names a device or several places (expected one folder: shares are files)");

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
