using Latchkey.Client;
using Latchkey.Crypto;
using Latchkey.KeyServer.Operations;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Keys.Remote;

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
        _prfHash = PrfHash.Of(exchange.Digest);
        _suite = (ushort)exchange.Suite;
        _clientVersion = exchange.ClientVersion;
        _clientRandom = exchange.ClientRandom.ToArray();
        _nonce = exchange.ServerNonce.ToArray();
        _encrypted = exchange.EncryptedPremaster.ToArray();
        _messages = exchange.Messages.ToArray();
        _origin = QuestionOrigin.Of(exchange.ServerName);
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
