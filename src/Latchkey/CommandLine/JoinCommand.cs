using System.CommandLine;
using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Splitting;

namespace Latchkey.CommandLine;

/// <summary><c>latchkey join</c>: the way back, for whoever wants the whole key in one place again.</summary>
internal static class JoinCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("parts") { Description = "Files of as many parts as are needed.", Arity = ArgumentArity.OneOrMore };
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
    /// <exception cref="KeyPartException">A file is no part, or the parts do not give the key; the message names it.</exception>
    internal static SecretBytes Join(IReadOnlyList<string> files, out ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        var parts = new List<KeyPart>();
        try
        {
            foreach (var file in files)
                parts.Add(KeyPartFiles.Read(file));
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
