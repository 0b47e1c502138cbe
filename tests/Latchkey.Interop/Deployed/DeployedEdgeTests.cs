using System.Security.Authentication;
using System.Security.Cryptography;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Deployed;

/// <summary>Our key server and a client that knows the deployed protocol only.</summary>
[Trait("Catalogue", "X3")]
public sealed class DeployedEdgeTests(SharedSites shared)
{
    private static readonly byte[] Digest = SHA256.HashData("what is signed"u8);

    [Fact]
    [Trait("Catalogue", "L1")]
    public async Task Signs_for_a_key_found_by_its_SKI()
    {
        var sites = await shared.GetDeploymentAsync();
        await using var edge = await ConnectAsync(sites);
        var certificate = sites.CertificateOf("premaster-ecdsa");

        var reply = await edge.AskAsync(Frames.Request(7, 0x15, Digest, Ski.Of(certificate)));

        Assert.Equal((7u, Frames.Response, 1024), (reply!.Id, reply.Opcode, reply.Size));
        using var parsed = certificate.WithoutPrivateKey();
        using var key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPublicKey(parsed)!;
        Assert.True(key.VerifyHash(Digest, reply.Payload, DSASignatureFormat.Rfc3279DerSequence));
    }

    [Theory]
    [InlineData(0x05, "SHA256")]
    [InlineData(0x06, "SHA384")]
    [InlineData(0x07, "SHA512")]
    [InlineData(0x35, "SHA256")]
    [InlineData(0x36, "SHA384")]
    [InlineData(0x37, "SHA512")]
    public async Task Signs_with_RSA_in_every_hash(byte opcode, string hash)
    {
        var sites = await shared.GetDeploymentAsync();
        await using var edge = await ConnectAsync(sites);
        var certificate = sites.CertificateOf("premaster-rsa");
        var name = new HashAlgorithmName(hash);
        var digest = CryptographicOperations.HashData(name, "what is signed"u8);

        var reply = await edge.AskAsync(Frames.Request(1, opcode, digest, Ski.Of(certificate)));

        Assert.Equal(Frames.Response, reply!.Opcode);
        using var rsa = PublicKeyOf(certificate);
        Assert.True(rsa.VerifyHash(digest, reply.Payload, name, opcode < 0x10 ? RSASignaturePadding.Pkcs1 : RSASignaturePadding.Pss));
    }

    [Fact]
    [Trait("Catalogue", "K1")]
    public async Task Decrypts_to_the_raw_block_with_its_padding()
    {
        var sites = await shared.GetDeploymentAsync();
        await using var edge = await ConnectAsync(sites);
        var certificate = sites.CertificateOf("premaster-rsa");
        using var rsa = PublicKeyOf(certificate);
        var premaster = RandomNumberGenerator.GetBytes(48);

        var reply = await edge.AskAsync(Frames.Request(2, 0x01, rsa.Encrypt(premaster, RSAEncryptionPadding.Pkcs1), Ski.Of(certificate)));

        Assert.Equal(Frames.Response, reply!.Opcode);
        Assert.Equal(256, reply.Payload.Length);
        Assert.Equal<byte>([0, 2], reply.Payload[..2]);
        Assert.Equal(premaster, reply.Payload[^48..]);
    }

    [Fact]
    [Trait("Catalogue", "I4")]
    public async Task Finds_an_RSA_key_by_the_digest_of_its_modulus()
    {
        var sites = await shared.GetDeploymentAsync();
        await using var edge = await ConnectAsync(sites);
        using var rsa = PublicKeyOf(sites.CertificateOf("premaster-rsa"));
        var reply = await edge.AskAsync(Frames.Encode(3, (0x11, [0x05]), (0x12, Digest), (0x01, Ski.ModulusDigest(rsa))));
        Assert.Equal(Frames.Response, reply!.Opcode);
        Assert.True(rsa.VerifyHash(Digest, reply.Payload, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    [Fact]
    [Trait("Catalogue", "I3")]
    public async Task Finds_a_key_by_the_fingerprint_of_a_certificate_beside_it()
    {
        await using var sites = await KeylessDeployment.StartAsync(new DeploymentPlan
        {
            Sites = [new("known", TestKey.Rsa2048) { RawOperations = true }],
            Change = files => File.Copy(Path.Combine(files.Edge, "known.pem"), Path.Combine(files.KeyServer, "raw-keys", "known.pem")),
        });
        await using var edge = await ConnectAsync(sites);
        var certificate = sites.CertificateOf("known");

        var reply = await edge.AskAsync(Frames.Encode(3, (0x11, [0x05]), (0x12, Digest), (0x41, SHA256.HashData(certificate.Certificate))));

        Assert.Equal(Frames.Response, reply!.Opcode);
        using var rsa = PublicKeyOf(certificate);
        Assert.True(rsa.VerifyHash(Digest, reply.Payload, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        Assert.Equal(Frames.Error, (await edge.AskAsync(Frames.Encode(4, (0x11, [0x05]), (0x12, Digest), (0x41, SHA256.HashData([1])))))!.Opcode);
    }

    [Fact]
    public async Task Pongs_with_the_pings_payload()
    {
        var sites = await shared.GetDeploymentAsync();
        await using var edge = await ConnectAsync(sites);
        var reply = await edge.AskAsync(Frames.Request(0xDEADBEEF, Frames.Ping, "Hello!"u8.ToArray()));
        Assert.Equal((0xDEADBEEFu, Frames.Pong, 1024), (reply!.Id, reply.Opcode, reply.Size));
        Assert.Equal("Hello!"u8.ToArray(), reply.Payload);
    }

    [Theory]
    [InlineData(0x05, "premaster-ecdsa", 0x01, "an RSA operation with an ECDSA key")]
    [InlineData(0x15, "premaster-rsa", 0x01, "an ECDSA operation with an RSA key")]
    [InlineData(0x18, "premaster-rsa", 0x01, "an Ed25519 operation with an RSA key")]
    [InlineData(0x16, "premaster-ecdsa", 0x01, "a digest of another hash's length")]
    [InlineData(0x99, "premaster-ecdsa", 0x05, "an unknown opcode")]
    [InlineData(0xF0, "premaster-ecdsa", 0x06, "a response")]
    [InlineData(0xF2, "premaster-ecdsa", 0x06, "a pong")]
    [InlineData(0xFF, "premaster-ecdsa", 0x06, "an error")]
    [InlineData(0x15, null, 0x02, "a key that is not there")]
    public async Task Refuses_with_the_right_error_and_goes_on(byte opcode, string? site, byte error, string what)
    {
        var sites = await shared.GetDeploymentAsync();
        await using var edge = await ConnectAsync(sites);
        var ski = site is null ? RandomNumberGenerator.GetBytes(20) : Ski.Of(sites.CertificateOf(site));

        var reply = await edge.AskAsync(Frames.Request(9, opcode, Digest, ski));

        Assert.Equal((9u, Frames.Error), (reply!.Id, reply.Opcode));
        Assert.True(reply.Payload is [var code] && code == error, $"{what}: {Convert.ToHexString(reply.Payload)}");
        Assert.Equal(Frames.Pong, (await edge.AskAsync(Frames.Request(10, Frames.Ping, [])))!.Opcode);
    }

    [Fact]
    [Trait("Catalogue", "X4")]
    public async Task Signs_no_digest_with_a_key_whose_policy_does_not_name_the_raw_operations()
    {
        var sites = await shared.GetDeploymentAsync();
        await using var edge = await ConnectAsync(sites);
        var ecdsa = await edge.AskAsync(Frames.Request(1, 0x15, Digest, Ski.Of(sites.CertificateOf("ecdsa"))));
        Assert.Equal(Frames.Error, ecdsa!.Opcode);
        var rsa = await edge.AskAsync(Frames.Request(2, 0x01, new byte[256], Ski.Of(sites.CertificateOf("rsa"))));
        Assert.Equal(Frames.Error, rsa!.Opcode);
    }

    [Fact]
    public async Task Answers_pipelined_requests_each_under_its_id()
    {
        var sites = await shared.GetDeploymentAsync();
        await using var edge = await ConnectAsync(sites);
        var ski = Ski.Of(sites.CertificateOf("premaster-ecdsa"));
        var requests = Enumerable.Range(0, 500).SelectMany(id => Frames.Request((uint)id, 0x15, Digest, ski)).ToArray();
        var writing = edge.Stream.WriteAsync(requests, TestContext.Current.CancellationToken).AsTask();
        var ids = new HashSet<uint>();
        for (var i = 0; i < 500; i++)
        {
            var reply = await edge.ReadAsync();
            Assert.Equal(Frames.Response, reply!.Opcode);
            ids.Add(reply.Id);
        }

        await writing;
        Assert.Equal(500, ids.Count);
    }

    [Theory]
    [InlineData("an item that overruns the body", "0100000600000001 11000199 15ff")]
    [InlineData("a known item twice", "0100000800000001 110001f1 110001f1")]
    [InlineData("an opcode of two bytes", "0100000500000001 110002f1f1")]
    [InlineData("another version", "0200000400000001 110001f1")]
    public async Task A_malformed_message_costs_its_sender_the_connection_and_nobody_else(string what, string bytes)
    {
        var sites = await shared.GetDeploymentAsync();
        await using var bystander = await ConnectAsync(sites);
        await using var edge = await ConnectAsync(sites);
        Message? reply;
        try
        {
            reply = await edge.AskAsync(Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)));
        }
        catch (IOException)
        {
            reply = null; // Reset: closed all the same.
        }

        Assert.True(reply is null || reply.Opcode == Frames.Error, what);
        Assert.Equal(Frames.Pong, (await bystander.AskAsync(Frames.Request(1, Frames.Ping, [])))!.Opcode);
    }

    [Fact]
    public async Task Noise_costs_its_sender_the_connection_and_nobody_else()
    {
        var sites = await shared.GetDeploymentAsync();
        await using var bystander = await ConnectAsync(sites);
        for (var seed = 0; seed < 20; seed++)
        {
            await using var edge = await ConnectAsync(sites);
            var noise = new byte[3000];
            new Random(seed).NextBytes(noise);
            try
            {
                await edge.Stream.WriteAsync(noise, TestContext.Current.CancellationToken);
                await edge.Stream.ShutdownAsync();
                while (await edge.Stream.ReadAsync(new byte[4096], TestContext.Current.CancellationToken) > 0)
                {
                    // Whatever it answers before it closes.
                }
            }
            catch (IOException)
            {
                // Reset: closed all the same.
            }
        }

        Assert.Equal(Frames.Pong, (await bystander.AskAsync(Frames.Request(1, Frames.Ping, [])))!.Opcode);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    [Trait("Catalogue", "L1")]
    public async Task Nobody_without_a_certificate_of_the_right_authority_is_answered(SslProtocols protocol)
    {
        var sites = await shared.GetDeploymentAsync();
        using var stranger = TestAuthority.Create("somebody else");
        foreach (var certificate in new[] { null, stranger.IssueClient("edge.test") })
        {
            Assert.False(await IsAnsweredAsync(sites, certificate, protocol));
        }

        await using var known = await DeployedEdge.ConnectAsync(sites.KeyServer.Endpoint, sites.Files.Links, sites.Files.Links.IssueClient("edge.test"), protocol);
        Assert.Equal(protocol, known.Stream.SslProtocol);
        Assert.Equal(Frames.Pong, (await known.AskAsync(Frames.Request(1, Frames.Ping, [])))!.Opcode);
    }

    /// <summary>In TLS 1.3 a client learns that it was refused only when it reads.</summary>
    private static async Task<bool> IsAnsweredAsync(KeylessDeployment sites, TestCertificate? certificate, SslProtocols protocol)
    {
        try
        {
            await using var edge = await DeployedEdge.ConnectAsync(sites.KeyServer.Endpoint, sites.Files.Links, certificate, protocol);
            return await edge.AskAsync(Frames.Request(1, Frames.Ping, [])) is not null;
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return false;
        }
    }

    private static Task<DeployedEdge> ConnectAsync(KeylessDeployment sites) =>
        DeployedEdge.ConnectAsync(sites.KeyServer.Endpoint, sites.Files.Links, sites.Files.Links.IssueClient("edge.test"));

    private static RSA PublicKeyOf(TestCertificate certificate)
    {
        using var parsed = certificate.WithoutPrivateKey();
        return System.Security.Cryptography.X509Certificates.RSACertificateExtensions.GetRSAPublicKey(parsed)!;
    }
}
