using System.CommandLine;
using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.KeyStores;
using Latchkey.Roles;
using Latchkey.Splitting;

namespace Latchkey.CommandLine;

/// <summary><c>latchkey join</c>: the way back, for whoever wants the whole key in one place again.</summary>
internal static class JoinCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("parts") { Description = "As many parts as are needed: files, or URIs such as pkcs11:…;type=data and tpm2:sealed=/path.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--out") { Description = "New file for the private key (PKCS#8, PEM).", HelpName = "file", Required = true };
        var command = new Command("join", "Joins parts of a split private key to the whole key again.") { files, output };
        command.SetAction(parsed =>
        {
            var target = Path.GetFullPath(parsed.GetRequiredValue(output));
            using var key = Join(parsed.GetRequiredValue(files), out var subjectPublicKeyInfo);
            WholeKeyFile.Write(target, key.Span);
            parsed.InvocationConfiguration.Output.WriteLine($"key {Convert.ToHexStringLower(SHA256.HashData(subjectPublicKeyInfo))}: {target}");
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>The PKCS#8, which the caller owns, checked against the public half in the parts.</summary>
    /// <exception cref="KeyPartException">There is no part, or the parts do not give the key; the message names it.</exception>
    internal static SecretBytes Join(IReadOnlyList<string> places, out ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        using var devices = new MachineKeyStores();
        var stores = new KeyStoreSet(devices.All);
        var parts = new List<KeyPart>();
        try
        {
            foreach (var place in places)
                parts.Add(KeyPartPlaces.Read(place, stores));
            var key = KeySplitting.Join(parts);
            subjectPublicKeyInfo = parts[0].SubjectPublicKeyInfo.ToArray();
            WholeKeyFile.Check(key.Span, subjectPublicKeyInfo);
            return key;
        }
        finally
        {
            parts.ForEach(part => part.Dispose());
        }
    }
}
