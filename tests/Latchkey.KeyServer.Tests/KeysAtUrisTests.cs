using System.Security.Cryptography;
using Latchkey.KeyServer.Keys;
using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Tests;

public sealed class KeysAtUrisTests
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_at_a_uri_is_found_by_the_names_of_the_certificates_named_beside_it()
    {
        await using var server = new TestKeyServer();
        var site = TestKeyServer.Issue(TestKey.EcdsaP256, "device.test");
        using var elsewhere = new TemporaryFolder();
        server.FurtherKeys.Add(new KeySource { Uri = $"file:{site.WriteKey(elsewhere.Path, "site")}", Certificates = site.WriteCertificate(elsewhere.Path, "chain"), RawOperations = true });
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();

        var reply = await edge.AskAsync((ref items) =>
        {
            items.Opcode = Opcode.EcdsaSignSha256;
            items.ServerName = "device.test"u8;
            items.Payload = SHA256.HashData("signed"u8);
        });

        Assert.Equal(Opcode.Response, reply.Opcode);
        using var verifier = site.Ecdsa();
        Assert.True(verifier.VerifyData("signed"u8, reply.Payload, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    [Fact]
    public async Task An_encrypted_key_at_a_uri_is_opened_with_the_passphrase_that_the_uri_names()
    {
        await using var server = new TestKeyServer();
        using var elsewhere = new TemporaryFolder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var file = elsewhere.Write("site.key", key.ExportEncryptedPkcs8PrivateKeyPem("a secret phrase", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 10_000)));
        var passphrase = elsewhere.Write("site.pass", "a secret phrase\n");
        server.FurtherKeys.Add(new KeySource { Uri = $"file:{file}?passphrase-source={passphrase}" });

        await server.StartAsync();

        Assert.Single(server.Server.Status.Keys);
    }

    [Fact]
    public async Task A_wrong_passphrase_is_told_without_it()
    {
        await using var server = new TestKeyServer();
        using var elsewhere = new TemporaryFolder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var file = elsewhere.Write("site.key", key.ExportEncryptedPkcs8PrivateKeyPem("a secret phrase", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 10_000)));
        server.FurtherKeys.Add(new KeySource { Uri = $"file:{file}?passphrase-source={elsewhere.Write("site.pass", "another phrase")}" });

        var problem = await Assert.ThrowsAsync<KeyFilesException>(server.StartAsync);

        Assert.Contains("Wrong passphrase", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("another phrase", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("moon:somewhere", "no key store opens moon: (expected one of file:)")]
    [InlineData("file:relative.key", "not an absolute path (expected file:/path/of/the/key)")]
    [InlineData("file:/none.key", "/none.key: cannot be read")]
    [InlineData("file:/x?pin=1", "unknown attribute pin (expected passphrase-source)")]
    public async Task A_uri_that_leads_to_no_key_is_named_with_what_was_expected(string uri, string problem)
    {
        await using var server = new TestKeyServer();
        server.FurtherKeys.Add(new KeySource { Uri = uri });

        var error = await Assert.ThrowsAsync<KeyFilesException>(server.StartAsync);

        Assert.StartsWith(uri, error.Path, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_at_a_uri_that_is_replaced_is_opened_again()
    {
        await using var server = new TestKeyServer { WatchInterval = TimeSpan.FromMilliseconds(50) };
        using var elsewhere = new TemporaryFolder();
        var first = TestKeyServer.Issue(TestKey.EcdsaP256, "first.test");
        var second = TestKeyServer.Issue(TestKey.EcdsaP256, "second.test");
        server.FurtherKeys.Add(new KeySource { Uri = $"file:{first.WriteKey(elsewhere.Path, "site")}" });
        await server.StartAsync();

        second.WriteKey(elsewhere.Path, "site");

        var expected = Convert.ToHexStringLower(second.Ski());
        while (server.Server.Status.Keys is not [var key] || key.Ski != expected)
            await Task.Delay(20, Cancel);
    }
}
