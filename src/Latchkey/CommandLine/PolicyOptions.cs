using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.KeyServer.Admission;
using Latchkey.KeyServer.Policy;

namespace Latchkey.CommandLine;

/// <summary>What <c>latchkey check keyserver.json</c> may be asked of the rules: <c>--edge A --key B</c>.</summary>
internal sealed class PolicyOptions
{
    private readonly Option<string?> _edge = new("--edge") { Description = "Asks the rules of keyserver.json about this edge: a name in its certificate, its sha256: or spki: fingerprint, or a PEM file.", HelpName = "edge" };
    private readonly Option<string?> _key = new("--key") { Description = "With --edge: for this key (file, beginning of the SKI, or a name in its certificate); else for all.", HelpName = "key" };
    private readonly Option<string?> _name = new("--name") { Description = "With --edge: for this host name. Default: the first one in the key's certificate.", HelpName = "host" };
    private readonly Option<string?> _operation = WordOption("--operation", "With --edge: for this operation only; the exit code tells the answer.", PolicyWords.Operations);
    private readonly Option<string?> _scheme = WordOption("--scheme", "With --edge: by this signature scheme.", PolicyWords.Schemes);
    private readonly Option<string?> _custody = WordOption("--custody", "With --edge: where the edge's site has this custody.", PolicyWords.Custodies);

    public void AddTo(Command command)
    {
        foreach (var option in new[] { _edge, _key, _name, _operation, _scheme, _custody })
            command.Add(option);
    }

    /// <summary>The question; null: none is asked.</summary>
    public PolicyQuestion? Read(ParseResult parsed) => parsed.GetValue(_edge) is not { } edge
        ? null
        : new PolicyQuestion
        {
            Edge = File.Exists(edge) ? ReadCertificate(edge) : EdgeIdentity.Named(edge),
            Key = parsed.GetValue(_key),
            Name = parsed.GetValue(_name),
            Operation = Find(parsed.GetValue(_operation), PolicyWords.Operations),
            Scheme = Find(parsed.GetValue(_scheme), PolicyWords.Schemes),
            Custody = Find(parsed.GetValue(_custody), PolicyWords.Custodies),
        };

    private static EdgeIdentity ReadCertificate(string file)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(file));
            return EdgeIdentity.Of(certificate);
        }
        catch (CryptographicException e)
        {
            throw new IOException($"--edge: {file} is no PEM certificate: {e.Message}", e);
        }
    }

    private static Option<string?> WordOption<T>(string name, string description, IReadOnlyList<(string Word, T Value)> words)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "word" };
        option.AcceptOnlyFromAmong([.. words.Select(word => word.Word)]);
        return option;
    }

    private static T? Find<T>(string? word, IReadOnlyList<(string Word, T Value)> words)
        where T : struct => word is null ? null : words.First(entry => entry.Word == word).Value;
}
