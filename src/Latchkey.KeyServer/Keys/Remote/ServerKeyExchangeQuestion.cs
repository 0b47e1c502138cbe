using Latchkey.Client;
using Latchkey.Crypto;
using Latchkey.KeyServer.Operations;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Keys.Remote;

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
        _origin = QuestionOrigin.Of(content.ServerName);
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
