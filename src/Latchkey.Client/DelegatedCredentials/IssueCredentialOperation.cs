using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.DelegatedCredentials;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.DelegatedCredentials;

/// <summary>Asks for a delegated credential (operation 54). What comes is used only if it says what was asked and the certificate's key signed it.</summary>
/// <param name="certificate">The certificate.</param>
/// <param name="algorithm">How its key is to sign.</param>
/// <param name="scheme">How the new key will sign.</param>
/// <param name="publicKey">DER SubjectPublicKeyInfo of the new key.</param>
/// <param name="seconds">How long it is to live.</param>
internal readonly struct IssueCredentialOperation(TlsCertificate certificate, SignatureScheme algorithm, SignatureScheme scheme, ReadOnlyMemory<byte> publicKey, uint seconds) : IKeyOperation
{
    public string Name => "issue delegated credential";

    public bool IsStructured => true;

    public bool MayRace => false; // nobody waits for it

    public string? Fault(in KeylessReply reply)
    {
        if (DelegatedCredential.TryParse(reply.Payload) is not { } credential)
            return "It sent no delegated credential.";
        if (credential.Algorithm != algorithm || credential.Scheme != scheme || !credential.SubjectPublicKeyInfo.Span.SequenceEqual(publicKey.Span))
            return "It sent another delegated credential than it was asked for.";
        return credential.IsSignedBy(certificate.Chain[0].Span, certificate.PublicKey) ? null : $"The delegated credential's signature ({algorithm}) does not verify with the certificate's key.";
    }

    public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (connection.Capabilities is { } peer && !peer.Features.HasFlag(PeerFeatures.DelegatedCredentials))
            return ValueTask.FromResult(new KeylessReply(KeylessError.BadOpcode, default));
        var arguments = new FieldWriter(certificate.Chain[0].Length + 256);
        new IssueDelegatedCredentialRequest
        {
            Seconds = seconds,
            Algorithm = (ushort)algorithm,
            Scheme = (ushort)scheme,
            PublicKey = publicKey.Span,
            Certificate = certificate.Chain[0].Span,
        }.Write(ref arguments);
        return connection.AskAsync(KeyIdentity.Of(certificate), Opcode.IssueDelegatedCredential, arguments.Written, default, secret: false, timeout, cancellationToken);
    }
}
