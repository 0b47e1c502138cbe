using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.KeyServer.Admission;
using Latchkey.KeyServer.Freshness;
using Latchkey.KeyServer.Listener;
using Latchkey.KeyServer.Work;
using Latchkey.Wire;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Requests;

/// <summary>
/// Verifies that a request is signed by its edge's own key, before anything else is done with it (L3): whoever gets hold of an edge's link certificate, or of a
/// machine on the way that ends TLS, gets nothing done. Thread-safe.
/// </summary>
internal sealed class SignedRequests : IDisposable
{
    private readonly List<Known> _keys;
    private readonly bool _required;
    private readonly SeenQuestions _seen;
    private readonly ILogger _log;
    private readonly LogThrottle _refusals;

    public SignedRequests(KeyServerOptions options, ILogger log)
    {
        _keys = [.. options.RequestKeys.Select(key => new Known(key.Edge, SHA256.HashData(key.SubjectPublicKeyInfo.Span), options.Crypto.ImportPublicKey(key.SubjectPublicKeyInfo.Span)))];
        _required = options.RequireSignedRequests;
        // Requests that are sent again are signed again: a signature never counts twice.
        _seen = new SeenQuestions(options.Freshness.Window > TimeSpan.Zero ? options.Freshness : new FreshnessOptions(), options.TimeProvider, mostRepetitions: 0);
        _log = log;
        _refusals = new LogThrottle(options.TimeProvider);
    }

    /// <summary>Whether the request may go on.</summary>
    public KeylessError Verify(EdgeConnection connection, in KeylessItems items)
    {
        if (_keys.Count == 0 && !_required)
            return KeylessError.None;
        var edge = connection.Edge;
        // An edge may have two keys while it changes from one to the other.
        var own = _keys.FindAll(key => edge.Answers(key.Edge));
        if (own.Count == 0)
            return _required ? Refuse(edge, items, "no key is configured for its requests", KeylessError.NotAllowed) : KeylessError.None;
        if (!items.TryReadSigned(out var signature, out var covered))
            return Refuse(edge, items, "it is not signed", KeylessError.NotAllowed);
        var id = signature.Key.ToArray();
        if (own.Find(key => key.Id.AsSpan().SequenceEqual(id)) is not { } known || !known.Verifies(signature, connection.Binding.Span, covered))
            return Refuse(edge, items, "its signature is not by this edge's key, or not over this request on this connection", KeylessError.NotAllowed);
        var made = UnixTime.FromMilliseconds(signature.Time);
        var question = new AskedQuestion(edge.Name, connection.Life, 0);
        return _seen.Use(question, SeenQuestions.MarkOf(Opcode.None, [.. id, .. signature.Nonce]), made) == FreshnessVerdict.Fresh
            ? KeylessError.None
            : Refuse(edge, items, "its signature was used before, or is not of this time", KeylessError.Replayed);
    }

    public void Dispose() => _keys.ForEach(key => key.Key.Dispose());

    private KeylessError Refuse(EdgeIdentity edge, in KeylessItems items, string reason, KeylessError error)
    {
        if (_refusals.Allows())
            _log.NotSigned(edge.Name, (byte)items.Opcode, reason);
        return error;
    }

    private sealed record Known(string Edge, byte[] Id, PublicKey Key)
    {
        public bool Verifies(in RequestSignature signature, ReadOnlySpan<byte> binding, ReadOnlySpan<byte> covered) =>
            IsSchemeOf(Key.Algorithm, (SignatureScheme)signature.Scheme) && Key.Verify((SignatureScheme)signature.Scheme, signature.Content(binding, covered), signature.Signature);

        // What the client signs with, and nothing weaker (attack 19).
        private static bool IsSchemeOf(KeyAlgorithm key, SignatureScheme scheme) => key switch
        {
            KeyAlgorithm.Rsa => scheme == SignatureScheme.RsaPssRsaeSha256,
            KeyAlgorithm.EcdsaP256 => scheme == SignatureScheme.EcdsaSecp256r1Sha256,
            KeyAlgorithm.EcdsaP384 => scheme == SignatureScheme.EcdsaSecp384r1Sha384,
            KeyAlgorithm.Ed25519 => scheme == SignatureScheme.Ed25519,
            _ => false,
        };
    }
}
