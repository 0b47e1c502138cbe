using System.Text;
using Latchkey.Client;
using Latchkey.Crypto;
using Latchkey.KeyServer.Operations;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Keys.Remote;

/// <summary>Operation 42, passed on.</summary>
internal readonly struct CertificateVerifyQuestion : IKeyOperation
{
    private readonly KeyIdentity _key;
    private readonly PublicKey _verifier;
    private readonly SignatureScheme _scheme;
    private readonly byte[] _message;
    private readonly byte[] _transcriptHash;
    private readonly RequestOrigin _origin;

    private CertificateVerifyQuestion(KeyIdentity key, PublicKey verifier, SignatureScheme scheme, scoped in SignedContent content)
    {
        _key = key;
        _verifier = verifier;
        _scheme = scheme;
        _message = content.Message.ToArray();
        _transcriptHash = content.TranscriptHash.ToArray();
        _origin = Origin.Of(content.ServerName);
    }

    public static CertificateVerifyQuestion Of(KeyIdentity key, PublicKey verifier, SignatureScheme scheme, scoped in SignedContent content) => new(key, verifier, scheme, content);

    public string Name => "sign CertificateVerify";

    public bool IsStructured => true;

    public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
        connection.SignCertificateVerifyAsync(_key, new SignCertificateVerifyItems { Scheme = (ushort)_scheme, Context = 0, TranscriptHash = _transcriptHash }, _origin, timeout, cancellationToken);

    public string? Fault(in KeylessReply reply) => WrongSignature.In(reply, _verifier, _scheme, _message);
}

/// <summary>Operation 41, passed on.</summary>
internal readonly struct ServerKeyExchangeQuestion : IKeyOperation
{
    private readonly KeyIdentity _key;
    private readonly PublicKey _verifier;
    private readonly SignatureScheme _scheme;
    private readonly byte[] _message;
    private readonly byte _sentinel;
    private readonly byte[] _clientRandom;
    private readonly byte[] _nonce;
    private readonly byte[] _parameters;
    private readonly RequestOrigin _origin;

    private ServerKeyExchangeQuestion(KeyIdentity key, PublicKey verifier, SignatureScheme scheme, scoped in SignedContent content)
    {
        _key = key;
        _verifier = verifier;
        _scheme = scheme;
        _message = content.Message.ToArray();
        _sentinel = (byte)content.Sentinel;
        _clientRandom = content.ClientRandom.ToArray();
        _nonce = content.ServerNonce.ToArray();
        _parameters = content.Parameters.ToArray();
        _origin = Origin.Of(content.ServerName);
    }

    public static ServerKeyExchangeQuestion Of(KeyIdentity key, PublicKey verifier, SignatureScheme scheme, scoped in SignedContent content) => new(key, verifier, scheme, content);

    public string Name => "sign ServerKeyExchange";

    public bool IsStructured => true;

    public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var fields = new SignServerKeyExchangeItems { Scheme = (ushort)_scheme, ClientRandom = _clientRandom, ServerNonce = _nonce, Sentinel = _sentinel, Parameters = _parameters };
        return connection.SignServerKeyExchangeAsync(_key, fields, _origin, timeout, cancellationToken);
    }

    public string? Fault(in KeylessReply reply) => WrongSignature.In(reply, _verifier, _scheme, _message);
}

/// <summary>Operation 43, or with extended master secret 45 at the level of the master secret, passed on.</summary>
internal readonly struct MasterSecretQuestion : IKeyOperation
{
    private readonly KeyIdentity _key;
    private readonly byte _sentinel;
    private readonly byte _prfHash;
    private readonly ushort _suite;
    private readonly ushort _clientVersion;
    private readonly byte[] _clientRandom;
    private readonly byte[] _nonce;
    private readonly byte[] _encrypted;
    private readonly byte[] _messages;
    private readonly RequestOrigin _origin;

    private MasterSecretQuestion(KeyIdentity key, scoped in RsaKeyExchange exchange)
    {
        _key = key;
        _sentinel = (byte)exchange.Sentinel;
        _prfHash = (byte)(exchange.Digest == DigestAlgorithm.Sha384 ? 5 : 4); // TLS HashAlgorithm
        _suite = (ushort)exchange.Suite;
        _clientVersion = exchange.ClientVersion;
        _clientRandom = exchange.ClientRandom.ToArray();
        _nonce = exchange.ServerNonce.ToArray();
        _encrypted = exchange.EncryptedPremaster.ToArray();
        _messages = exchange.Messages.ToArray();
        _origin = Origin.Of(exchange.ServerName);
    }

    public static MasterSecretQuestion Of(KeyIdentity key, scoped in RsaKeyExchange exchange) => new(key, exchange);

    public string Name => "derive master secret";

    public bool IsStructured => true;

    public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) => _messages.Length == 0
        ? connection.DeriveRsaMasterSecretAsync(
            _key,
            new DeriveRsaMasterSecretItems { EncryptedPremaster = _encrypted, ClientVersion = _clientVersion, ClientRandom = _clientRandom, ServerNonce = _nonce, Sentinel = _sentinel, PrfHash = _prfHash },
            _origin, timeout, cancellationToken)
        : connection.AskAsync(_key, Opcode.AgreeKeyExchange, Arguments(), _origin, secret: true, timeout, cancellationToken);

    public string? Fault(in KeylessReply reply) =>
        reply.Secret is { Length: MasterSecretReply.MasterSecretSize } ? null : $"a master secret of {reply.Secret?.Length ?? 0} bytes";

    private ReadOnlySpan<byte> Arguments()
    {
        var fields = new FieldWriter(1024 + _messages.Length);
        new AgreeKeyExchangeRequest
        {
            Level = KeyExchangeLevel.MasterSecret, Suite = _suite, ClientRandom = _clientRandom, ServerNonce = _nonce, Sentinel = _sentinel,
            State = default, ClientValue = _encrypted, Messages = _messages, Session = default, SessionIdentifier = default,
        }.Write(ref fields);
        return fields.Written;
    }
}

/// <summary>The name that policy and audit at the other key server go by.</summary>
file static class Origin
{
    public static RequestOrigin Of(ReadOnlySpan<byte> serverName) => new(serverName.IsEmpty ? null : Encoding.UTF8.GetString(serverName), null, null);
}

/// <summary>Told where another key server can still be asked, and this one be left alone (attack 16).</summary>
file static class WrongSignature
{
    public static string? In(in KeylessReply reply, PublicKey verifier, SignatureScheme scheme, byte[] message) =>
        verifier.Verify(scheme, message, reply.Payload.Span) ? null : "a signature that does not verify";
}
