using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Latchkey.Testing;

/// <summary>
/// libssl as a client that comes back again and again with the session it was given last: fast enough for thousands, and by its own word whether the session went on.
/// One connection at a time.
/// </summary>
public sealed partial class ReconnectingClient : IDisposable
{
    private const string Library = "libssl.so.3";
    private const string CryptoLibrary = "libcrypto.so.3";
    private const int SetMinVersion = 123;
    private const int SetMaxVersion = 124;
    private const int SetServerName = 55;
    private const ulong NoTicket = 1UL << 14;

    private readonly IntPtr _context = SSL_CTX_new(TLS_client_method());
    private IntPtr _session;

    /// <param name="version"><c>1.2</c> or <c>1.3</c>.</param>
    /// <param name="takesTickets">Else only session identifiers (TLS 1.2).</param>
    public ReconnectingClient(string version, bool takesTickets = true)
    {
        var number = version == "1.2" ? 0x0303 : 0x0304;
        _ = SSL_CTX_ctrl(_context, SetMinVersion, number, IntPtr.Zero);
        _ = SSL_CTX_ctrl(_context, SetMaxVersion, number, IntPtr.Zero);
        if (!takesTickets)
            _ = SSL_CTX_set_options(_context, NoTicket);
    }

    /// <summary>Connects with the session it has, sends a request, reads the answer to its end, and takes the newest session along.</summary>
    /// <returns>Whether the session went on, and what was answered.</returns>
    public (bool Resumed, string Answer) Visit(int port, string host, string path = "/hello")
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        var ssl = SSL_new(_context);
        try
        {
            _ = SSL_ctrl(ssl, SetServerName, 0, Encoding.ASCII.GetBytes(host + "\0"));
            if (_session != IntPtr.Zero)
                _ = SSL_set_session(ssl, _session);
            _ = SSL_set_fd(ssl, (int)socket.Handle);
            if (SSL_connect(ssl) != 1)
                throw new InvalidOperationException($"The handshake failed: {Reason()}");
            var request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            _ = SSL_write(ssl, request, request.Length);
            var answer = ReadToEnd(ssl);
            var resumed = SSL_session_reused(ssl) == 1;
            TakeSession(ssl);
            _ = SSL_shutdown(ssl);
            return (resumed, answer);
        }
        finally
        {
            SSL_free(ssl);
        }
    }

    /// <summary>The first 16 bytes of its session's ticket, in lower-case hexadecimal: the name of the key that sealed it, with most servers. null: no ticket.</summary>
    public string? TicketName
    {
        get
        {
            if (_session == IntPtr.Zero)
                return null;
            SSL_SESSION_get0_ticket(_session, out var ticket, out var size);
            if (size < 16)
                return null;
            var name = new byte[16];
            Marshal.Copy(ticket, name, 0, name.Length);
            return Convert.ToHexStringLower(name);
        }
    }

    /// <summary>Forgets its session.</summary>
    public void Forget()
    {
        if (_session != IntPtr.Zero)
            SSL_SESSION_free(_session);
        _session = IntPtr.Zero;
    }

    public void Dispose()
    {
        Forget();
        SSL_CTX_free(_context);
    }

    private void TakeSession(IntPtr ssl)
    {
        var session = SSL_get1_session(ssl);
        if (session == IntPtr.Zero)
            return;
        Forget();
        _session = session;
    }

    private static string Reason()
    {
        var text = new byte[256];
        ERR_error_string_n(ERR_get_error(), text, text.Length);
        return Encoding.ASCII.GetString(text).TrimEnd('\0');
    }

    private static string ReadToEnd(IntPtr ssl)
    {
        var answer = new StringBuilder();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = SSL_read(ssl, buffer, buffer.Length)) > 0)
            answer.Append(Encoding.ASCII.GetString(buffer, 0, count));
        return answer.ToString();
    }

    [LibraryImport(Library)]
    private static partial IntPtr TLS_client_method();

    [LibraryImport(Library)]
    private static partial IntPtr SSL_CTX_new(IntPtr method);

    [LibraryImport(Library)]
    private static partial void SSL_CTX_free(IntPtr context);

    [LibraryImport(Library)]
    private static partial long SSL_CTX_ctrl(IntPtr context, int command, long number, IntPtr pointer);

    [LibraryImport(Library)]
    private static partial ulong SSL_CTX_set_options(IntPtr context, ulong options);

    [LibraryImport(Library)]
    private static partial IntPtr SSL_new(IntPtr context);

    [LibraryImport(Library)]
    private static partial void SSL_free(IntPtr ssl);

    [LibraryImport(Library)]
    private static partial long SSL_ctrl(IntPtr ssl, int command, long type, byte[] name);

    [LibraryImport(Library)]
    private static partial int SSL_set_fd(IntPtr ssl, int descriptor);

    [LibraryImport(Library)]
    private static partial int SSL_connect(IntPtr ssl);

    [LibraryImport(Library)]
    private static partial int SSL_shutdown(IntPtr ssl);

    [LibraryImport(Library)]
    private static partial int SSL_read(IntPtr ssl, [Out] byte[] buffer, int count);

    [LibraryImport(Library)]
    private static partial int SSL_write(IntPtr ssl, byte[] buffer, int count);

    [LibraryImport(Library)]
    private static partial int SSL_session_reused(IntPtr ssl);

    [LibraryImport(Library)]
    private static partial IntPtr SSL_get1_session(IntPtr ssl);

    [LibraryImport(Library)]
    private static partial int SSL_set_session(IntPtr ssl, IntPtr session);

    [LibraryImport(Library)]
    private static partial void SSL_SESSION_free(IntPtr session);

    [LibraryImport(Library)]
    private static partial void SSL_SESSION_get0_ticket(IntPtr session, out IntPtr ticket, out nint size);

    [LibraryImport(CryptoLibrary)]
    private static partial ulong ERR_get_error();

    [LibraryImport(CryptoLibrary)]
    private static partial void ERR_error_string_n(ulong error, [Out] byte[] text, nint length);
}
