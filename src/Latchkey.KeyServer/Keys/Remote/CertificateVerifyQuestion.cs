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
        _origin = QuestionOrigin.Of(content.ServerName);
    }

    public static CertificateVerifyQuestion Of(KeyIdentity key, PublicKey verifier, SignatureScheme scheme, scoped in SignedContent content) => new(key, verifier, scheme, content);

    public string Name => "sign CertificateVerify";

    public bool IsStructured => true;

    public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
        connection.SignCertificateVerifyAsync(_key, new SignCertificateVerifyItems { Scheme = (ushort)_scheme, Context = 0, TranscriptHash = _transcriptHash }, _origin, timeout, cancellationToken);

    public string? Fault(in KeylessReply reply) => WrongSignature.In(reply, _verifier, _scheme, _message);
}
