using Latchkey.Testing;
using Latchkey.Tls.Tests.Driver;

namespace Latchkey.Tls.Tests.Tls12;

/// <summary>What the client sees when somebody in the middle has changed a CBC record: always the same, so that it is no oracle (Vaudenay, POODLE, Lucky Thirteen).</summary>
[Trait("Catalogue", "G5")]
public sealed class TamperedRecordTests
{
    [Theory]
    [InlineData("the content")]
    [InlineData("the MAC")]
    [InlineData("the padding's length")]
    [InlineData("the padding")]
    [InlineData("the type")]
    [InlineData("nothing")]
    public async Task Every_change_is_answered_by_bad_record_mac(string what)
    {
        Tool.SkipUnless("openssl");
        foreach (var encryptThenMac in new[] { true, false })
        {
            var output = await FetchAsync(encryptThenMac, record => Tamper(record, what));
            Assert.Equal(what == "nothing", output.Contains("200 OK", StringComparison.Ordinal));
            Assert.Equal(what != "nothing", output.Contains("alert bad record mac", StringComparison.Ordinal));
        }
    }

    // CBC: a bit changed in one block garbles that block and flips the same bit of the next.
    private static void Tamper(byte[] record, string what)
    {
        const int iv = 5;
        switch (what)
        {
            case "the content":
                record[iv] ^= 1;
                break;
            case "the MAC":
                record[^40] ^= 1;
                break;
            case "the padding's length":
                record[^17] ^= 1;
                break;
            case "the padding":
                record[^1] ^= 1;
                break;
            case "the type":
                record[0] = 22;
                break;
        }
    }

    private static async Task<string> FetchAsync(bool encryptThenMac, Action<byte[]> tamper)
    {
        using var folder = new TemporaryFolder();
        await using var server = new LoopbackServer(Tls12Site.Options(Tls12Site.Site(Tls12Site.Rsa, TlsProfile.Legacy)), LoopbackServer.AnswerHttpAsync);
        await using var relay = new TamperingRelay(server.Port, tamper);
        var configuration = encryptThenMac ? "" : "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nOptions = -EncryptThenMac\n";
        await using var client = ChildProcess.Start(
            "openssl",
            ["s_client", "-connect", $"127.0.0.1:{relay.Port}", "-servername", "example.test", "-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA:@SECLEVEL=0"],
            environment: new Dictionary<string, string?> { ["OPENSSL_CONF"] = folder.Write("openssl.cnf", configuration) });
        await client.Input.WriteAsync("GET /page HTTP/1.1\r\nHost: example.test\r\n\r\n");
        await client.Input.FlushAsync();
        for (var i = 0; i < 1000 && !client.HasExited && !client.Output.Contains("200 OK", StringComparison.Ordinal); i++)
            await Task.Delay(10);
        client.Input.Close();
        await client.WaitForExitAsync();
        return client.Output + client.Errors;
    }
}
