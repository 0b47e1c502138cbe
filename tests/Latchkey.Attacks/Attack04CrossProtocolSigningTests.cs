using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Wire;

namespace Latchkey.Attacks;

/// <summary>
/// Attack 4: a signature made for TLS is carried to where it means something else: from TLS 1.2 to 1.3, to a token, to a
/// certificate request, to a delegated credential.
/// </summary>
[Trait("Attack", "4")]
public sealed class Attack04CrossProtocolSigningTests
{
    private const ushort Scheme = (ushort)SignatureScheme.EcdsaSecp256r1Sha256;
    private static readonly byte[] Spaces = [.. Enumerable.Repeat((byte)0x20, 32)];
    private static readonly byte[] Nonce = RandomNumberGenerator.GetBytes(32);

    [Fact]
    public async Task A_tls12_signature_cannot_be_made_a_certificate_request()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var document = RequestInfo(site);

        var answer = await edge.AskAsync(Requests.ServerKeyExchange(site, Scheme, document[..32], Nonce, document[64..]));

        Assert.Equal(KeylessError.Malformed, answer.Error);
    }

    /// <summary>In a finite field the public value is the attacker's to choose, and it has room for the end of any document.</summary>
    [Fact]
    [Trait("Catalogue", "K2")]
    public async Task A_finite_field_value_cannot_hold_the_end_of_a_certificate_request()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var document = FiniteFieldRequestInfo(site);
        byte[] other = [.. document[..31], (byte)(document[31] + 1)];
        byte[] harmless = [0x31, 0x83, .. document[2..32]];

        var asked = await edge.AskAsync(Requests.ServerKeyExchange(site, Scheme, document[..32], Nonce, document[64..]));
        var otherText = await edge.AskAsync(Requests.ServerKeyExchange(site, Scheme, other, Nonce, document[64..]));
        var noElement = await edge.AskAsync(Requests.ServerKeyExchange(site, Scheme, harmless, Nonce, document[64..]));

        Assert.Equal(KeylessError.Malformed, asked.Error);
        Assert.Equal(KeylessError.Malformed, otherText.Error);
        // The same value after a client random that is no beginning of a document is an ordinary handshake.
        Assert.True(site.Verifies(SignatureScheme.EcdsaSecp256r1Sha256, [.. harmless, .. document[32..]], noElement.Payload));
    }

    [Theory]
    [InlineData("")] // DER
    [InlineData("long length")]
    [InlineData("indefinite length")]
    [InlineData("long tag")]
    [Trait("Catalogue", "K2")]
    public async Task Lenient_readers_do_not_get_their_forms_either(string form)
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var document = FiniteFieldRequestInfo(site);
        var size = (byte[])[(byte)((document.Length - 4) >> 8), (byte)(document.Length - 4)];
        byte[] start = form switch
        {
            "long length" => [0x30, 0x85, 0, 0, 0, (byte)((document.Length - 7) >> 8), (byte)(document.Length - 7)],
            "indefinite length" => [0x30, 0x80],
            "long tag" => [0x3F, 0x81, 0x01, 0x82, (byte)((document.Length - 6) >> 8), (byte)(document.Length - 6)],
            _ => [0x30, 0x82, .. size],
        };
        start.CopyTo(document, 0);
        document.AsSpan(^2).Clear(); // the end of an indefinite length

        var answer = await edge.AskAsync(Requests.ServerKeyExchange(site, Scheme, document[..32], Nonce, document[64..]));

        Assert.Equal(KeylessError.Malformed, answer.Error);
    }

    [Fact]
    public async Task With_raw_operations_the_same_certificate_request_is_signed()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test", rawOperations: true);
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var document = RequestInfo(site);

        var answer = await edge.AskAsync(Requests.Raw(Opcode.EcdsaSignSha256, site, SHA256.HashData(document)));

        // Loading verifies the signature (RFC 2986 §4.2).
        var request = CertificateRequest.LoadSigningRequest(Signed(document, answer.Payload), HashAlgorithmName.SHA256);
        Assert.Equal(site.PublicKey(), request.PublicKey.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public async Task A_tls12_operation_signs_no_tls13_CertificateVerify()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        byte[] context = [.. "TLS 1.3, server CertificateVerify\0"u8, .. RandomNumberGenerator.GetBytes(32)];
        byte[] wanted = [.. Spaces, .. Spaces, .. context];

        var asParameters = await edge.AskAsync(Requests.ServerKeyExchange(site, Scheme, Spaces, Spaces, context));
        var asRandom = await edge.AskAsync(Requests.ServerKeyExchange(site, Scheme, Spaces, Spaces, [3, 0, 0x1D, 32, .. context[..32]]));

        Assert.Equal(KeylessError.Malformed, asParameters.Error);
        // A share may begin with anything, yet the server random is derived: no nonce gives 32 spaces.
        Assert.Equal(Opcode.Response, asRandom.Opcode);
        Assert.False(site.Verifies(SignatureScheme.EcdsaSecp256r1Sha256, wanted, asRandom.Payload));
        Assert.False(site.Verifies(SignatureScheme.EcdsaSecp256r1Sha256, [.. Spaces, .. Spaces, 3, 0, 0x1D, 32, .. context[..32]], asRandom.Payload));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task A_tls13_operation_signs_nothing_but_the_servers_CertificateVerify(string what, byte[] document)
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();

        var answer = await edge.AskAsync(Requests.CertificateVerify(site, Scheme, SHA256.HashData(document)));
        var raw = await edge.AskAsync(Requests.Raw(Opcode.EcdsaSignSha256, site, SHA256.HashData(document)));

        Assert.False(site.Verifies(SignatureScheme.EcdsaSecp256r1Sha256, document, answer.Payload), what);
        Assert.Equal(KeylessError.KeyNotFound, raw.Error);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task With_raw_operations_every_document_is_signed(string what, byte[] document)
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test", rawOperations: true);
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();

        var answer = await edge.AskAsync(Requests.Raw(Opcode.EcdsaSignSha256, site, SHA256.HashData(document)));

        Assert.True(site.Verifies(SignatureScheme.EcdsaSecp256r1Sha256, document, answer.Payload), what);
    }

    public static TheoryData<string, byte[]> Documents => new()
    {
        { "the client's CertificateVerify of TLS 1.3", [.. Spaces, .. Spaces, .. "TLS 1.3, client CertificateVerify\0"u8, .. new byte[32]] },
        { "a delegated credential (RFC 9345 §4)", [.. Spaces, .. Spaces, .. "TLS, server delegated credentials\0"u8, .. new byte[120]] },
        { "a token (RFC 7515)", Encoding.ASCII.GetBytes("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9") },
    };

    /// <summary>
    /// A CertificationRequestInfo for the site's own key that is as long as the content of a ServerKeyExchange on P-384 and has the
    /// derived random and the fixed bytes of ServerECDHParams within a subject attribute: 32 + 32 + 5 + 96 bytes.
    /// </summary>
    private static byte[] RequestInfo(TestCertificate site)
    {
        var random = FreshServerRandom.Derive(Nonce, DowngradeSentinel.None).Value.Span;
        byte[] document =
        [
            0x30, 0x81, 0xA2, 0x02, 0x01, 0x00,
            0x30, 0x40, 0x31, 0x3E, 0x30, 0x3C, 0x06, 0x03, 0x55, 0x04, 0x03, 0x14, 0x35, .. "attacker.test"u8,
            .. random,
            3, 0, 0x18, 97, 4, .. "..."u8,
            .. site.PublicKey(),
            0xA0, 0x00,
        ];
        Assert.Equal(165, document.Length);
        return document;
    }

    /// <summary>
    /// The same in ServerDHParams of ffdhe2048: the subject's text begins in the client random, goes on over the derived random and the prime, and
    /// ends in the public value, which holds the rest of the request: 32 + 32 + 519 bytes.
    /// </summary>
    private static byte[] FiniteFieldRequestInfo(TestCertificate site)
    {
        const int size = 583;
        var key = site.PublicKey();
        var random = FreshServerRandom.Derive(Nonce, DowngradeSentinel.None).Value.Span;
        var text = size - 28 - key.Length - 2;
        byte[] start =
        [
            .. Header(0x30, size - 4), 0x02, 0x01, 0x00,
            .. Header(0x30, text + 17), .. Header(0x31, text + 13), .. Header(0x30, text + 9), 0x06, 0x03, 0x55, 0x04, 0x03, .. Header(0x14, text), .. "evil"u8,
        ];
        byte[] value = [.. Enumerable.Repeat((byte)'.', 256 - key.Length - 2), .. key, 0xA0, 0x00];
        byte[] document = [.. start, .. random, .. ServerDhParameters.Encode(NamedGroup.Ffdhe2048, value)];
        Assert.Equal((32, size), (start.Length, document.Length));
        // It is one: whoever could have it signed would have a certificate request.
        Assert.Contains("evil", CertificateRequest.LoadSigningRequest(Signed(document, [0x30, 0x00]), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.SkipSignatureValidation).SubjectName.Name, StringComparison.Ordinal);
        return document;

        static byte[] Header(byte tag, int length) => [tag, 0x82, (byte)(length >> 8), (byte)length];
    }

    private static byte[] Signed(byte[] requestInfo, byte[] signature)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(requestInfo);
            using (writer.PushSequence())
                writer.WriteObjectIdentifier("1.2.840.10045.4.3.2");
            writer.WriteBitString(signature);
        }
        return writer.Encode();
    }
}
